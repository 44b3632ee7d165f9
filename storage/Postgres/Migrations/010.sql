-- Messages to customers are read before the questions that strangers cause.
CREATE INDEX outbox_questions ON outbox (state, not_before, message) WHERE programme = 'opt-in';
CREATE INDEX outbox_messages ON outbox (state, not_before, message) WHERE programme <> 'opt-in';
