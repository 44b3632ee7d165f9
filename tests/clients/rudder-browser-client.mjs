// Sends one of everything with @rudderstack/analytics-js, in a page of another origin, so that CORS is asked for as a browser
// would: node rudder-browser-client.mjs http://127.0.0.1:5080 WRITE_KEY
// Ends with 0 when all were answered with success, otherwise with 1 and the reasons.
import { JSDOM, VirtualConsole } from 'jsdom'
import { events } from './events.mjs'

const [host, writeKey] = process.argv.slice(2)
const complaints = []
const requests = []
const virtualConsole = new VirtualConsole()
virtualConsole.on('jsdomError', (error) => complaints.push(error.message))
const { window } = new JSDOM('<!doctype html><html><head><script></script></head><body></body></html>', {
  url: 'https://shop.test/p-55?utm_source=news',
  referrer: 'https://search.test/find?q=jacket',
  pretendToBeVisual: true,
  virtualConsole,
})
for (const name of Object.getOwnPropertyNames(window))
  if (!(name in globalThis) || ['navigator', 'Event', 'EventTarget', 'CustomEvent', 'ErrorEvent', 'PromiseRejectionEvent'].includes(name))
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
for (const name of ['document', 'location', 'localStorage', 'sessionStorage', 'XMLHttpRequest'])
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
globalThis.window = window
const open = window.XMLHttpRequest.prototype.open
window.XMLHttpRequest.prototype.open = function (method, url, ...more) {
  const request = { url: String(url), status: undefined }
  requests.push(request)
  this.addEventListener('loadend', () => { request.status = this.status })
  return open.call(this, method, url, ...more)
}

const { RudderAnalytics } = await import('@rudderstack/analytics-js/bundled')
const analytics = new RudderAnalytics()
analytics.load(writeKey, host, { configUrl: host, sendAdblockPage: false, logLevel: 'ERROR' })
await new Promise((resolve) => analytics.ready(resolve))
analytics.alias('rudder-browser-1')
analytics.identify('rudder-browser-1', { email: 'ana@shop.test', firstName: 'Ana' })
analytics.page('Shop', 'Home', { section: 'front' })
analytics.group('house-9', { name: 'Silva household' })
for (const [event, properties] of events) analytics.track(event, properties)
analytics.track('Size Guide Opened', { guide: 'jackets' })

const expected = events.length + 5
const sent = () => requests.filter((request) => request.url.includes('/v1/') && request.status !== undefined)
const deadline = Date.now() + 40_000
while (sent().length < expected && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50))
if (sent().length !== expected) complaints.push(`${sent().length} of ${expected} were sent`)
for (const request of requests) {
  if (request.status !== 200) complaints.push(`${request.url} answered ${request.status || 'nothing'}`)
  if (new URL(request.url).host !== new URL(host).host) complaints.push(`asked another host: ${request.url}`)
}
for (const complaint of complaints) console.error(complaint)
console.log(`${sent().length} of ${expected} delivered`)
process.exit(complaints.length === 0 ? 0 : 1)
