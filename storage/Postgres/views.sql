-- Queries of the read models. Parameters are numbered in the order in which their names first appear.
-- Sums of money stop at 9e18: one that left the range of a bigint would be refused, and the projection with it.

-- name: read-statistics
SELECT customers, buyers, events, orders, cancellations, revenue, cancelled, unconverted, position, claimed_orders, claimed_revenue, refunded
FROM view_statistics

-- name: add-statistics
UPDATE view_statistics SET customers = customers + :customers, buyers = buyers + :buyers, events = events + :events,
  orders = orders + :orders, cancellations = cancellations + :cancellations,
  revenue = greatest(-9e18, least(9e18, revenue::numeric + :revenue)),
  cancelled = greatest(-9e18, least(9e18, cancelled::numeric + :cancelled)),
  unconverted = unconverted + :unconverted, claimed_orders = claimed_orders + :claimed_orders,
  claimed_revenue = greatest(-9e18, least(9e18, claimed_revenue::numeric + :claimed_revenue)),
  refunded = greatest(-9e18, least(9e18, refunded::numeric + :refunded)), position = :position
WHERE position = :from

-- name: find-customers
SELECT customer, known, first_seen, last_seen, events, orders, revenue, cancellations, cancelled, last_order, visit, first_source, last_source, claimed_orders, claimed_revenue, refunded
FROM view_customer WHERE customer = ANY(:customers)

-- name: save-customers
INSERT INTO view_customer (customer, known, first_seen, last_seen, events, orders, revenue, cancellations, cancelled, last_order, visit, first_source, last_source, claimed_orders, claimed_revenue, refunded)
SELECT * FROM unnest(:customers, :known, :first_seen, :last_seen, :events, :orders, :revenue, :cancellations, :cancelled, :last_order, :visits, :first_sources, :last_sources, :claimed_orders, :claimed_revenue, :refunded)
ON CONFLICT (customer) DO UPDATE SET known = excluded.known, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
  events = excluded.events, orders = excluded.orders, revenue = excluded.revenue, cancellations = excluded.cancellations,
  cancelled = excluded.cancelled, last_order = excluded.last_order, visit = excluded.visit,
  first_source = excluded.first_source, last_source = excluded.last_source,
  claimed_orders = excluded.claimed_orders, claimed_revenue = excluded.claimed_revenue, refunded = excluded.refunded

-- name: remove-customers
DELETE FROM view_customer WHERE customer = ANY(:customers)

-- name: list-customers
SELECT customer, known, first_seen, last_seen, events, orders, revenue, cancellations, cancelled, last_order, visit, first_source, last_source, claimed_orders, claimed_revenue, refunded
FROM view_customer
WHERE customer > :after AND (:known::boolean IS NULL OR known = :known) AND (:buyers::boolean IS NULL OR (orders > 0) = :buyers)
ORDER BY customer LIMIT :limit

-- name: find-warnings
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM view_warning WHERE warning = ANY(:warnings)

-- name: save-warnings
INSERT INTO view_warning (warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at)
SELECT * FROM unnest(:warnings, :customers, :policies, :risks, :money, :reasons, :models, :raised, :statuses, :closed)
ON CONFLICT (warning) DO UPDATE SET customer = excluded.customer, policy = excluded.policy, risk = excluded.risk,
  money_at_risk = excluded.money_at_risk, reasons = excluded.reasons, model = excluded.model, raised_at = excluded.raised_at,
  status = excluded.status, closed_at = excluded.closed_at

-- name: list-warnings
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM view_warning
WHERE money_at_risk <= :money AND (money_at_risk < :money OR risk < :risk OR (risk = :risk AND warning > :warning))
  AND (:open::boolean IS NULL OR (status = 0) = :open) AND (:policy::smallint IS NULL OR policy = :policy)
ORDER BY money_at_risk DESC, risk DESC, warning LIMIT :limit

-- name: list-open-warnings
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM view_warning
WHERE status = 0 AND money_at_risk <= :money
  AND (money_at_risk < :money OR risk < :risk OR (risk = :risk AND warning > :warning))
  AND (:policy::smallint IS NULL OR policy = :policy)
ORDER BY money_at_risk DESC, risk DESC, warning LIMIT :limit

-- name: list-warnings-of
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM view_warning
WHERE customer = :customer AND money_at_risk <= :money
  AND (money_at_risk < :money OR risk < :risk OR (risk = :risk AND warning > :warning))
  AND (:open::boolean IS NULL OR (status = 0) = :open) AND (:policy::smallint IS NULL OR policy = :policy)
ORDER BY money_at_risk DESC, risk DESC, warning LIMIT :limit

-- name: add-source-days
INSERT INTO view_source_day AS s (day, source, visits, first_visits, orders, revenue, first_orders, first_revenue)
SELECT * FROM unnest(:days, :sources, :visits, :first_visits, :orders, :revenue, :first_orders, :first_revenue)
ON CONFLICT (day, source) DO UPDATE SET visits = s.visits + excluded.visits, first_visits = s.first_visits + excluded.first_visits,
  orders = s.orders + excluded.orders, first_orders = s.first_orders + excluded.first_orders,
  revenue = greatest(-9e18, least(9e18, s.revenue::numeric + excluded.revenue)),
  first_revenue = greatest(-9e18, least(9e18, s.first_revenue::numeric + excluded.first_revenue))

-- name: read-source-days
SELECT day, source, visits, first_visits, orders, revenue, first_orders, first_revenue FROM view_source_day
WHERE day >= :from AND day <= :to

-- name: add-recommendation-days
INSERT INTO view_recommendation_day AS r (day, placement, source, attributed_by, machine, shown, shown_items, clicked, carted, orders, revenue, claimed_orders, claimed_revenue)
SELECT * FROM unnest(:days, :placements, :sources, :bys, :machines, :shown, :items, :clicked, :carted, :orders, :revenue, :claimed_orders, :claimed_revenue)
ON CONFLICT (day, placement, source, attributed_by, machine) DO UPDATE SET
  shown = r.shown + excluded.shown, shown_items = r.shown_items + excluded.shown_items, clicked = r.clicked + excluded.clicked,
  carted = r.carted + excluded.carted, orders = r.orders + excluded.orders,
  claimed_orders = r.claimed_orders + excluded.claimed_orders,
  revenue = greatest(-9e18, least(9e18, r.revenue::numeric + excluded.revenue)),
  claimed_revenue = greatest(-9e18, least(9e18, r.claimed_revenue::numeric + excluded.claimed_revenue))

-- name: read-recommendation-days
SELECT day, placement, source, attributed_by, machine, shown, shown_items, clicked, carted, orders, revenue, claimed_orders, claimed_revenue
FROM view_recommendation_day WHERE day >= :from AND day <= :to

-- name: find-exposures
SELECT customer, experiment, begun, variant, at, orders, revenue FROM view_experiment_exposure WHERE customer = ANY(:customers)

-- name: save-exposures
INSERT INTO view_experiment_exposure (customer, experiment, begun, variant, at, orders, revenue)
SELECT * FROM unnest(:customers, :experiments, :begun, :variants, :at, :orders, :revenue)
ON CONFLICT (customer, experiment, begun) DO UPDATE SET variant = excluded.variant, at = excluded.at, orders = excluded.orders,
  revenue = excluded.revenue

-- name: remove-exposures
DELETE FROM view_experiment_exposure WHERE customer = ANY(:customers)

-- name: read-experiment
SELECT variant, count(*), count(*) FILTER (WHERE orders > 0), sum(orders), greatest(-9e18, least(9e18, sum(revenue)))::bigint
FROM view_experiment_exposure WHERE experiment = :experiment AND begun = :begun GROUP BY variant

-- name: clear
TRUNCATE view_customer, view_warning, view_source_day, view_recommendation_day, view_experiment_exposure

-- name: clear-statistics
UPDATE view_statistics SET customers = 0, buyers = 0, events = 0, orders = 0, cancellations = 0, revenue = 0, cancelled = 0,
  unconverted = 0, claimed_orders = 0, claimed_revenue = 0, refunded = 0, position = 0
