// Sends one of everything with @rudderstack/analytics-js, in a page of another origin, so that CORS is asked for as a browser
// would: node rudder-browser-client.mjs http://127.0.0.1:5080 WRITE_KEY [beacon]
// Ends with 0 when all were answered with success, otherwise with 1 and the reasons.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { JSDOM, VirtualConsole } from 'jsdom'
import { events } from './events.mjs'

const [host, writeKey, transport] = process.argv.slice(2)
const complaints = []
const requests = []
let inBeacons = 0
const virtualConsole = new VirtualConsole()
virtualConsole.on('jsdomError', (error) => complaints.push(error.message))
const { window } = new JSDOM('<!doctype html><html><head><script></script></head><body></body></html>', {
  url: 'https://shop.test/p-55?utm_source=news',
  referrer: 'https://search.test/find?q=jacket',
  pretendToBeVisual: true,
  runScripts: 'outside-only',
  virtualConsole,
})
// What every browser has and jsdom lacks: without it the client would load polyfills from a foreign host.
window.TextEncoder = TextEncoder
window.TextDecoder = TextDecoder
window.navigator.sendBeacon = (url, body) => {
  const request = new window.XMLHttpRequest()
  request.open('POST', url)
  request.send(body)
  const reader = new window.FileReader()
  reader.onload = () => { inBeacons += JSON.parse(reader.result).batch.length }
  reader.readAsText(body)
  return true
}
const open = window.XMLHttpRequest.prototype.open
window.XMLHttpRequest.prototype.open = function (method, url, ...more) {
  const request = { url: String(url), status: undefined }
  requests.push(request)
  this.addEventListener('loadend', () => { request.status = this.status })
  return open.call(this, method, url, ...more)
}

// The client runs inside the page, as a bundler would have put it there.
const client = createRequire(import.meta.url).resolve('@rudderstack/analytics-js/bundled')
window.exports = {}
window.eval(readFileSync(client, 'utf8'))
const analytics = new window.exports.RudderAnalytics()
analytics.load(writeKey, host, { configUrl: host, logLevel: 'ERROR', useBeacon: transport === 'beacon' })
await new Promise((resolve) => analytics.ready(resolve))
analytics.alias('rudder-browser-1')
analytics.identify('rudder-browser-1', { email: 'ana@shop.test', firstName: 'Ana' })
analytics.page('Shop', 'Home', { section: 'front' })
analytics.group('house-9', { name: 'Silva household' })
for (const [event, properties] of events) analytics.track(event, properties)
analytics.track('Size Guide Opened', { guide: 'jackets' })

// A beacon takes ten at a time, and the rest when the page is left.
if (transport === 'beacon') {
  await new Promise((resolve) => setTimeout(resolve, 2000))
  Object.defineProperty(window.document, 'visibilityState', { value: 'hidden' })
  window.document.dispatchEvent(new window.Event('visibilitychange'))
  window.dispatchEvent(new window.Event('pagehide'))
}

const expected = events.length + 5
const answered = () => requests.filter((request) => request.url.includes('/v1/') && request.status !== undefined).length
const sent = () => transport === 'beacon' ? inBeacons : answered()
const deadline = Date.now() + 40_000
while (sent() < expected && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50))
while (requests.some((request) => request.status === undefined) && Date.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, 50))
if (sent() !== expected) complaints.push(`${sent()} of ${expected} were sent`)
for (const request of requests) {
  if (request.status !== 200) complaints.push(`${request.url} answered ${request.status || 'nothing'}`)
  if (new URL(request.url).host !== new URL(host).host) complaints.push(`asked another host: ${request.url}`)
}
for (const complaint of complaints) console.error(complaint)
console.log(`${sent()} of ${expected} delivered`)
process.exit(complaints.length === 0 ? 0 : 1)
