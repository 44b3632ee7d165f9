"use strict";
// What this page tells: which product or list it shows, and what the visitor does with it.
const { personalization } = window;
const { product, price, name, list, query, cart } = document.body.dataset;
const told = (sending) => sending?.catch((failure) => console.warn("not recorded", failure.status ?? failure));
const item = () => ({ product_id: product, name, ...(price && { price: Number(price) }) });
const text = (tag, content) => Object.assign(document.createElement(tag), { textContent: content });

if (product) told(personalization?.track("Product Viewed", item()));
if (query) told(personalization?.track("Products Searched", { query }));
if (list) {
  const products = [...document.querySelectorAll("[data-id]")].map((tile, index) => ({
    product_id: tile.dataset.id,
    position: index + 1,
  }));
  told(personalization?.track("Product List Viewed", { category: list, products }));
}

for (const button of document.querySelectorAll("[data-act]"))
  button.addEventListener("click", async () => {
    await told(personalization?.track(button.dataset.act, { ...item(), quantity: 1 }));
    document.getElementById("said").textContent =
      button.dataset.act === "Product Added" ? "It is in your cart." : "It is among your favourites.";
  });

const showCart = async () => {
  const place = document.getElementById("cart");
  const { cart: lines } = await personalization.visitor();
  if (lines.length === 0) {
    place.replaceChildren(text("p", "There is nothing in it yet."));
    return;
  }
  const rows = lines.map(({ product: { productId, title, price: one }, quantity }) => {
    const row = document.createElement("li");
    const remove = text("button", "Remove");
    remove.setAttribute("aria-label", `Remove ${title ?? productId}`);
    remove.className = "quiet";
    remove.onclick = async () => {
      await told(personalization.track("Product Removed", { product_id: productId, quantity }));
      await showCart();
    };
    row.append(text("span", `${quantity} × ${title ?? productId}`), text("span", one ? `€${(one * quantity).toFixed(2)}` : ""), remove);
    return row;
  });
  const list = document.createElement("ul");
  list.append(...rows);
  const order = text("button", "Order");
  order.onclick = async () => {
    order.disabled = true;
    const { id } = JSON.parse(decodeURIComponent(document.cookie.match(/(?:^|; )personalization=([^;]*)/)[1]));
    const answer = await fetch("/shop/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        anonymousId: id,
        lines: lines.map((line) => ({ productId: line.product.productId, quantity: line.quantity })),
      }),
    });
    const done = answer.ok ? `Thank you. Your order is ${(await answer.json()).orderId}.` : "That did not work. Please try again.";
    place.replaceChildren(text("p", done));
    personalization.refresh();
  };
  place.replaceChildren(list, order);
};
if (cart !== undefined)
  showCart().catch(() => document.getElementById("cart").replaceChildren(text("p", "The cart cannot be shown now.")));
