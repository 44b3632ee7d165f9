// Sends one of everything with @rudderstack/rudder-sdk-node: node rudder-node-client.mjs http://127.0.0.1:5080 WRITE_KEY
// Ends with 0 when the client says that all were delivered, otherwise with 1 and the reasons.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { events } from './events.mjs'

const [host, writeKey] = process.argv.slice(2)
const analytics = new RudderAnalytics(writeKey, { dataPlaneUrl: host, flushAt: 500, flushInterval: 60_000, maxInternalQueueSize: 1000 })
const who = { userId: 'rudder-node-1', anonymousId: 'rudder-node-visitor-1' }

analytics.identify({ ...who, traits: { email: 'ana@shop.test', firstName: 'Ana' } })
analytics.page({ ...who, name: 'Home', properties: { url: 'https://shop.test/', path: '/', title: 'Home' } })
analytics.screen({ ...who, name: 'Basket' })
analytics.group({ ...who, groupId: 'house-9', traits: { name: 'Silva household' } })
for (const [event, properties] of events) analytics.track({ ...who, event, properties })
analytics.track({ anonymousId: 'rudder-node-visitor-3', event: 'Size Guide Opened', properties: { guide: 'jackets' } })
analytics.alias({ previousId: 'rudder-node-visitor-2', userId: 'rudder-node-1' })

await analytics.flush().then(
  () => console.log(`${events.length + 6} delivered`),
  (error) => {
    console.error(error.message ?? String(error))
    process.exit(1)
  },
)
process.exit(0)
