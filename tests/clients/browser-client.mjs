// Sends one of everything with @segment/analytics-next, in a page of another origin, so that CORS is asked for as a browser
// would: node browser-client.mjs http://127.0.0.1:5080 WRITE_KEY [standard|batching] [https://shop.test]
// Ends with 0 when the client says that all were delivered, otherwise with 1 and the reasons.
import { JSDOM, VirtualConsole } from 'jsdom'
import { events } from './events.mjs'

const [host, writeKey, strategy = 'standard', origin = 'https://shop.test'] = process.argv.slice(2)
if (!host || !writeKey) {
  console.error('usage: node browser-client.mjs HOST WRITE_KEY [standard|batching] [ORIGIN]')
  process.exit(2)
}

const complaints = []
const requests = []

function openPage() {
  const virtualConsole = new VirtualConsole()
  virtualConsole.on('jsdomError', (error) => complaints.push(error.message))
  const { window } = new JSDOM('<!doctype html><title>Rain jacket</title>', {
    url: `${origin}/p-55?utm_source=news&utm_medium=email&utm_campaign=spring`,
    referrer: 'https://search.test/find?q=jacket',
    virtualConsole,
  })
  for (const name of ['document', 'location', 'localStorage', 'navigator', 'XMLHttpRequest'])
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true })
  globalThis.window = window
  // Node's own fetch knows no origin and asks for no CORS; without it the client falls back on the page's XMLHttpRequest.
  delete globalThis.fetch
  const open = window.XMLHttpRequest.prototype.open
  window.XMLHttpRequest.prototype.open = function (method, url, ...more) {
    const request = { url: String(url), status: undefined }
    requests.push(request)
    this.addEventListener('loadend', () => { request.status = this.status })
    return open.call(this, method, url, ...more)
  }
  return window
}

openPage()
const { AnalyticsBrowser } = await import('@segment/analytics-next')

const calls = [
  (a) => a.alias('browser-1'),
  (a) => a.identify('browser-1', { email: 'ana@shop.test', firstName: 'Ana' }),
  (a) => a.page('Shop', 'Home', { section: 'front' }),
  (a) => a.screen('Basket'),
  (a) => a.group('house-9', { name: 'Silva household' }),
  ...events.map(([event, properties]) => (a) => a.track(event, properties)),
  (a) => a.track('Size Guide Opened', { guide: 'jackets' }),
]

const apiHost = new URL(host).host + '/v1'
const deliveryStrategy = strategy === 'batching'
  ? { strategy: 'batching', config: { size: calls.length, timeout: 60_000 } }
  : { strategy: 'standard' }
const [analytics] = await AnalyticsBrowser.load(
  { writeKey, cdnURL: host },
  { integrations: { 'Segment.io': { apiHost, deliveryStrategy } } },
).catch(() => {
  for (const complaint of complaints) console.error(complaint)
  console.error('the client did not get its settings')
  process.exit(1)
})

let delivered = 0
for (const call of calls) {
  const context = await call(analytics)
  const failure = context.failedDelivery()?.reason ?? context.logs().find((entry) => entry.level === 'error')?.extras
  const name = `${context.event.type} ${context.event.event ?? ''}`
  if (failure) complaints.push(`${name}: ${failure.message ?? JSON.stringify(failure)}`)
  else delivered++
}

// A batch goes out behind the calls' backs.
const deadline = Date.now() + 20_000
while (requests.some((request) => request.status === undefined) && Date.now() < deadline)
  await new Promise((resolve) => setTimeout(resolve, 20))
for (const request of requests)
  if (!(request.status >= 200 && request.status < 400)) complaints.push(`${request.url} answered ${request.status || 'nothing'}`)

const elsewhere = requests.filter((request) => new URL(request.url).host !== new URL(host).host)
for (const request of elsewhere) complaints.push(`asked another host: ${request.url}`)
for (const complaint of complaints) console.error(complaint)
console.log(`${delivered} of ${calls.length} delivered in ${requests.length} requests`)
process.exit(delivered === calls.length && complaints.length === 0 ? 0 : 1)
