// A storefront in TypeScript: node typed-client.js http://127.0.0.1:5080 SECRET_KEY
// Its types are generated from the server's description (openapi-typescript), so what does not fit it does not compile. Ends
// with 0 when everything was answered as described.
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

const [host, key] = process.argv.slice(2)
const shop = createClient<paths>({ baseUrl: host, headers: { Authorization: `Bearer ${key}` } })

type Problem = components['schemas']['Problem']
type Answer<T> = { data?: T; error?: Problem }

/** What was answered, or the problem as an exception. */
function got<T>({ data, error }: Answer<T>): NonNullable<T> {
  if (error) throw new Error(`${error.type}: ${error.detail} ${error.remedy}`)
  return data!
}

const tent: components['schemas']['ProductBody'] = { id: 'ts-1', title: 'Tent', price: 90 }
got(await shop.PUT('/v1/products', { body: [tent, { id: 'ts-2', title: 'Stove', price: 20 }] }))
const viewed = got(
  await shop.POST('/v1/track', {
    params: { query: { include: 'stage' } },
    body: { userId: 'typed', event: 'Product Viewed', properties: { product_id: tent.id } },
  }),
)
const answer = got(
  await shop.GET('/v1/recommendations', {
    params: { query: { userId: 'typed', placement: 'home', fields: 'title,price', limit: 1 } },
  }),
)
const customer = got(await shop.GET('/v1/customers/{id}', { params: { path: { id: 'typed' } } }))
const { warnings } = got(await shop.GET('/v1/warnings', { params: { query: { minPosition: viewed.position ?? 0 } } }))
const missing = await shop.GET('/v1/customers/{id}', { params: { path: { id: 'nobody' } } })

console.log(`recommended ${answer.items.map((item) => `${item.productId} ${item.title} ${item.price}`)}`)
console.log(`${customer.customerId} viewed ${customer.recentlyViewed}`)
console.log(`${warnings.length} warnings`)
console.log(`${missing.response.status} ${missing.error?.type}`)

// What the description does not have must not compile.
// @ts-expect-error an address that is not there
void (() => shop.GET('/v1/nothing'))
// @ts-expect-error a parameter that is not there
void (() => shop.GET('/v1/recommendations', { params: { query: { placment: 'home' } } }))
// @ts-expect-error a body without its event
void (() => shop.POST('/v1/track', { body: { userId: 'typed' } }))
