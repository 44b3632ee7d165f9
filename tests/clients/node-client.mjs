// Sends one of everything with @segment/analytics-node: node node-client.mjs http://127.0.0.1:5080 WRITE_KEY
// Ends with 0 when the client says that all were delivered, otherwise with 1 and the reasons.
import { Analytics } from '@segment/analytics-node'
import { events } from './events.mjs'

const [host, writeKey] = process.argv.slice(2)
if (!host || !writeKey) {
  console.error('usage: node node-client.mjs HOST WRITE_KEY')
  process.exit(2)
}

const analytics = new Analytics({ writeKey, host, maxRetries: 0, flushAt: 20, httpRequestTimeout: 10_000 })
const who = { userId: 'node-1', anonymousId: 'node-visitor-1' }
const undelivered = []
let delivered = 0

function send(kind, call) {
  analytics[kind](call, (error) => {
    if (error) undelivered.push(`${kind} ${call.event ?? ''}: ${error.reason ?? error}`)
    else delivered++
  })
}

const answers = []
analytics.on('error', (error) => undelivered.push(String(error.reason ?? error)))
analytics.on('http_response', (answer) => answers.push(answer.status))

send('identify', { ...who, traits: { email: 'ana@shop.test', firstName: 'Ana', birthday: '1990-05-17' } })
send('page', { ...who, name: 'Home', properties: { url: 'https://shop.test/', path: '/', title: 'Home' } })
send('screen', { ...who, name: 'Basket' })
send('group', { ...who, groupId: 'house-9', traits: { name: 'Silva household' } })
for (const [event, properties] of events) send('track', { ...who, event, properties })
send('track', { userId: 'node-1', event: 'Size Guide Opened', properties: { guide: 'jackets' } })
send('track', { userId: 'node-1', event: 'Product Viewed', properties: { product_id: 'p-55' }, timestamp: new Date(2024, 1, 1) })
send('alias', { previousId: 'node-visitor-2', userId: 'node-1' })

await analytics.flush({ close: true, timeout: 20_000 })
const sent = events.length + 7
for (const reason of undelivered) console.error(reason)
console.log(`${delivered} of ${sent} delivered in ${answers.length} requests, answered ${[...new Set(answers)].join(', ')}`)
process.exit(delivered === sent && undelivered.length === 0 ? 0 : 1)
