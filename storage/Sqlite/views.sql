-- Queries of views.db. Parameters are numbered in the order in which their names first appear.
-- Sums of money stop at 9e18: a sum that left the range of 64 bits would be no integer any more, and could not be kept.

-- name: read-statistics
SELECT customers, buyers, events, orders, cancellations, revenue, cancelled, unconverted, position, claimed_orders, claimed_revenue, refunded
FROM statistics

-- name: add-statistics
UPDATE statistics SET customers = customers + :customers, buyers = buyers + :buyers, events = events + :events,
  orders = orders + :orders, cancellations = cancellations + :cancellations,
  revenue = max(-9000000000000000000, min(9000000000000000000, revenue + :revenue)),
  cancelled = max(-9000000000000000000, min(9000000000000000000, cancelled + :cancelled)),
  unconverted = unconverted + :unconverted, claimed_orders = claimed_orders + :claimed_orders,
  claimed_revenue = max(-9000000000000000000, min(9000000000000000000, claimed_revenue + :claimed_revenue)),
  refunded = max(-9000000000000000000, min(9000000000000000000, refunded + :refunded)), position = :position
WHERE position = :from

-- name: find-customer
SELECT customer, known, first_seen, last_seen, events, orders, revenue, cancellations, cancelled, last_order, visit, first_source, last_source, claimed_orders, claimed_revenue, refunded
FROM customer WHERE customer = :customer

-- name: save-customer
INSERT OR REPLACE INTO customer
  (customer, known, first_seen, last_seen, events, orders, revenue, cancellations, cancelled, last_order, visit, first_source, last_source, claimed_orders, claimed_revenue, refunded)
VALUES (:customer, :known, :first_seen, :last_seen, :events, :orders, :revenue, :cancellations, :cancelled, :last_order, :visit, :first_source, :last_source, :claimed_orders, :claimed_revenue, :refunded)

-- name: remove-customer
DELETE FROM customer WHERE customer = :customer

-- name: list-customers
SELECT customer, known, first_seen, last_seen, events, orders, revenue, cancellations, cancelled, last_order, visit, first_source, last_source, claimed_orders, claimed_revenue, refunded
FROM customer
WHERE customer > :after AND (:known IS NULL OR known = :known) AND (:buyers IS NULL OR (orders > 0) = :buyers)
ORDER BY customer LIMIT :limit

-- name: find-warning
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM warning WHERE warning = :warning

-- name: save-warning
INSERT OR REPLACE INTO warning
  (warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at)
VALUES (:warning, :customer, :policy, :risk, :money_at_risk, :reasons, :model, :raised_at, :status, :closed_at)

-- name: list-warnings
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM warning
WHERE money_at_risk <= :money
  AND (money_at_risk < :money OR risk < :risk OR (risk = :risk AND warning > :warning))
  AND (:open IS NULL OR (status = 0) = :open) AND (:policy IS NULL OR policy = :policy)
ORDER BY money_at_risk DESC, risk DESC, warning LIMIT :limit

-- name: list-open-warnings
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM warning
WHERE status = 0 AND money_at_risk <= :money
  AND (money_at_risk < :money OR risk < :risk OR (risk = :risk AND warning > :warning))
  AND (:policy IS NULL OR policy = :policy)
ORDER BY money_at_risk DESC, risk DESC, warning LIMIT :limit

-- name: list-warnings-of
SELECT warning, customer, policy, risk, money_at_risk, reasons, model, raised_at, status, closed_at
FROM warning
WHERE customer = :customer AND money_at_risk <= :money
  AND (money_at_risk < :money OR risk < :risk OR (risk = :risk AND warning > :warning))
  AND (:open IS NULL OR (status = 0) = :open) AND (:policy IS NULL OR policy = :policy)
ORDER BY money_at_risk DESC, risk DESC, warning LIMIT :limit

-- name: add-source-day
INSERT INTO source_day (day, source, visits, first_visits, orders, revenue, first_orders, first_revenue)
VALUES (:day, :source, :visits, :first_visits, :orders, :revenue, :first_orders, :first_revenue)
ON CONFLICT (day, source) DO UPDATE SET visits = visits + excluded.visits, first_visits = first_visits + excluded.first_visits,
  orders = orders + excluded.orders, first_orders = first_orders + excluded.first_orders,
  revenue = max(-9000000000000000000, min(9000000000000000000, revenue + excluded.revenue)),
  first_revenue = max(-9000000000000000000, min(9000000000000000000, first_revenue + excluded.first_revenue))

-- name: read-source-days
SELECT day, source, visits, first_visits, orders, revenue, first_orders, first_revenue FROM source_day
WHERE day >= :from AND day <= :to

-- name: add-recommendation-day
INSERT INTO recommendation_day (day, placement, source, attributed_by, machine, shown, shown_items, clicked, carted, orders, revenue, claimed_orders, claimed_revenue)
VALUES (:day, :placement, :source, :by, :machine, :shown, :items, :clicked, :carted, :orders, :revenue, :claimed_orders, :claimed_revenue)
ON CONFLICT (day, placement, source, attributed_by, machine) DO UPDATE SET
  shown = shown + excluded.shown, shown_items = shown_items + excluded.shown_items, clicked = clicked + excluded.clicked,
  carted = carted + excluded.carted, orders = orders + excluded.orders, claimed_orders = claimed_orders + excluded.claimed_orders,
  revenue = max(-9000000000000000000, min(9000000000000000000, revenue + excluded.revenue)),
  claimed_revenue = max(-9000000000000000000, min(9000000000000000000, claimed_revenue + excluded.claimed_revenue))

-- name: read-recommendation-days
SELECT day, placement, source, attributed_by, machine, shown, shown_items, clicked, carted, orders, revenue, claimed_orders, claimed_revenue
FROM recommendation_day WHERE day >= :from AND day <= :to

-- name: find-exposures
SELECT customer, experiment, begun, variant, at, orders, revenue FROM experiment_exposure WHERE customer = :customer

-- name: save-exposure
INSERT OR REPLACE INTO experiment_exposure (customer, experiment, begun, variant, at, orders, revenue)
VALUES (:customer, :experiment, :begun, :variant, :at, :orders, :revenue)

-- name: remove-exposures
DELETE FROM experiment_exposure WHERE customer = :customer

-- name: read-experiment
SELECT variant, count(*), sum(orders > 0), sum(orders), CAST(max(-9e18, min(9e18, total(revenue))) AS INTEGER)
FROM experiment_exposure WHERE experiment = :experiment AND begun = :begun GROUP BY variant
