// Sends one of everything with Segment's older client, analytics-node: node old-node-client.mjs http://127.0.0.1:5080 WRITE_KEY
// Ends with 0 when the client says that all were delivered, otherwise with 1 and the reasons.
import Analytics from 'analytics-node'
import { events } from './events.mjs'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics(writeKey, {
  host,
  flushAt: 20,
  flushInterval: 60_000,
  retryCount: 0,
  errorHandler: (error) => complaints.push(error.message),
})
const complaints = []
const who = { userId: 'old-node-1', anonymousId: 'old-node-visitor-1' }

analytics.identify({ ...who, traits: { email: 'ana@shop.test', firstName: 'Ana' } })
analytics.page({ ...who, name: 'Home', properties: { url: 'https://shop.test/', path: '/', title: 'Home' } })
analytics.screen({ ...who, name: 'Basket' })
analytics.group({ ...who, groupId: 'house-9', traits: { name: 'Silva household' } })
for (const [event, properties] of events) analytics.track({ ...who, event, properties })
analytics.track({ anonymousId: 'old-node-visitor-3', event: 'Size Guide Opened', properties: { guide: 'jackets' } })
analytics.alias({ previousId: 'old-node-visitor-2', userId: 'old-node-1' })

await analytics.flush()
for (const complaint of complaints) console.error(complaint)
console.log(`${events.length + 6} sent`)
process.exit(complaints.length === 0 ? 0 : 1)
