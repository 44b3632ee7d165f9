-- Customers in experiments, and what they bought since their first answer of one.
CREATE TABLE view_experiment_exposure (
  customer   bigint NOT NULL,
  experiment text NOT NULL,
  begun      bigint NOT NULL,   -- when the run of the experiment began, Unix milliseconds
  variant    integer NOT NULL,  -- place among its variants, from 0
  at         bigint NOT NULL,   -- the first answer, Unix milliseconds
  orders     integer NOT NULL,
  revenue    bigint NOT NULL,
  PRIMARY KEY (customer, experiment, begun)
);

CREATE INDEX view_experiment_exposure_by_experiment ON view_experiment_exposure (experiment, begun, variant);
