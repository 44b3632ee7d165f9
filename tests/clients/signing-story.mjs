// A shop's server signs, a browser proves: node signing-story.mjs http://127.0.0.1:5080 WRITE_KEY USER_ID USER_TOKEN
// The page's visitor looks, fills a cart and then signs in; Segment's client carries the user's token. Ends with 0 when all
// was delivered, and prints the visitor's anonymous id.
import { JSDOM } from 'jsdom'

const [host, writeKey, userId, userToken] = process.argv.slice(2)
const { window } = new JSDOM('<!doctype html>', { url: 'https://shop.test/p-1' })
for (const name of ['document', 'location', 'localStorage', 'navigator', 'XMLHttpRequest'])
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
globalThis.window = window
delete globalThis.fetch
const { AnalyticsBrowser } = await import('@segment/analytics-next')
const [analytics] = await AnalyticsBrowser.load(
  { writeKey, cdnURL: host },
  { integrations: { 'Segment.io': { apiHost: new URL(host).host + '/v1' } } },
)

const sent = [
  await analytics.track('Product Viewed', { product_id: 'p-1' }),
  await analytics.track('Product Added', { product_id: 'p-2', price: 20, quantity: 1 }),
  await analytics.identify(userId, { plan: 'gold' }, { context: { userToken } }),
  await analytics.track('Product Viewed', { product_id: 'p-3' }),
]
const failed = sent.filter((context) => context.failedDelivery())
for (const context of failed) console.error(`${context.event.type} ${context.event.event ?? ''} failed`)
console.log(analytics.user().anonymousId())
process.exit(failed.length)
