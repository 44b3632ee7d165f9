// One of every event of the e-commerce spec (v2): name and properties.
const jacket = {
  product_id: 'p-55', sku: 'J-55-M', name: 'Rain jacket', brand: 'Orvo', category: 'Jackets', variant: 'M', price: 39.9,
}
const line = { product_id: 'p-55', quantity: 1, price: 39.9 }
const order = {
  order_id: 'o-77', total: 44.8, revenue: 39.9, shipping: 4.9, tax: 0, discount: 0, currency: 'EUR', products: [line],
}
const promotion = { promotion_id: 'spring', creative: 'hero-2', name: 'Spring', position: 'home_top' }

export const events = [
  ['Products Searched', { query: 'rain jacket' }],
  ['Product List Viewed', { list_id: 'jackets', category: 'Jackets', products: [{ product_id: 'p-55', position: 1 }] }],
  ['Product List Filtered', {
    list_id: 'jackets',
    filters: [{ type: 'color', value: 'blue' }],
    sorts: [{ type: 'price', value: 'asc' }],
    products: [{ product_id: 'p-55' }],
  }],
  ['Promotion Viewed', promotion],
  ['Promotion Clicked', promotion],
  ['Product Clicked', { product_id: 'p-55', position: 1 }],
  ['Product Viewed', { ...jacket, currency: 'EUR', value: 39.9 }],
  ['Product Added', { cart_id: 'k-9', ...jacket, quantity: 1 }],
  ['Product Removed', { cart_id: 'k-9', product_id: 'p-55', quantity: 1 }],
  ['Cart Viewed', { cart_id: 'k-9', products: [line] }],
  ['Checkout Started', { ...order, value: 44.8 }],
  ['Checkout Step Viewed', { checkout_id: 'h-3', step: 2 }],
  ['Checkout Step Completed', { checkout_id: 'h-3', step: 2, shipping_method: 'courier' }],
  ['Payment Info Entered', { checkout_id: 'h-3', order_id: 'o-77', payment_method: 'card' }],
  ['Order Completed', { checkout_id: 'h-3', subtotal: 39.9, ...order }],
  ['Order Updated', order],
  ['Order Refunded', { order_id: 'o-77', total: 39.9, currency: 'EUR', products: [line] }],
  ['Order Cancelled', order],
  ['Product Added to Wishlist', { wishlist_id: 'w-1', wishlist_name: 'Later', ...jacket }],
  ['Product Removed from Wishlist', { wishlist_id: 'w-1', product_id: 'p-55' }],
  ['Wishlist Product Added to Cart', { wishlist_id: 'w-1', cart_id: 'k-9', product_id: 'p-55', quantity: 1 }],
  ['Coupon Entered', { cart_id: 'k-9', coupon_id: 'ANA10' }],
  ['Coupon Applied', { cart_id: 'k-9', coupon_id: 'ANA10', coupon_name: '10 percent', discount: 3.99 }],
  ['Coupon Denied', { cart_id: 'k-9', coupon_id: 'OLD5', reason: 'expired' }],
  ['Coupon Removed', { cart_id: 'k-9', coupon_id: 'ANA10', discount: 3.99 }],
  ['Product Shared', { share_via: 'email', recipient: 'rui@shop.test', product_id: 'p-55' }],
  ['Cart Shared', { share_via: 'link', cart_id: 'k-9', products: [{ product_id: 'p-55' }] }],
  ['Product Reviewed', { product_id: 'p-55', review_id: 'r-8', review_body: 'Warm', rating: '4' }],
]
