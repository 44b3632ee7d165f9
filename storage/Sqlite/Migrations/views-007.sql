-- Customers in experiments, and what they bought since their first answer of one.
CREATE TABLE experiment_exposure (
  customer   INTEGER NOT NULL,
  experiment TEXT NOT NULL,
  begun      INTEGER NOT NULL,  -- when the run of the experiment began, Unix milliseconds
  variant    INTEGER NOT NULL,  -- place among its variants, from 0
  at         INTEGER NOT NULL,  -- the first answer, Unix milliseconds
  orders     INTEGER NOT NULL,
  revenue    INTEGER NOT NULL,
  PRIMARY KEY (customer, experiment, begun)
) STRICT, WITHOUT ROWID;

CREATE INDEX experiment_exposure_by_experiment ON experiment_exposure (experiment, begun, variant);
