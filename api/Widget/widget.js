/*! Personalization: <personal-recommendations> and window.personalization. docs/widget.md */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.personalization) return;
  // Everything is asked for beside the script itself, so a first-party path of the shop's own serves it all.
  const base = script.dataset.host || new URL(".", script.src).href;
  const host = base.replace(/\/+$/, "");
  const writeKey = script.dataset.writeKey;
  const month = 2592e6, day = 864e5;

  const keys = ["home", "product", "cart", "checkout", "recently-viewed", "was", "rated"];
  const words = {
    en: "Recommended for you|Goes well with this|Goes well with your cart|Before you go|Recently viewed|before|Rated {0} of 5",
    "zh-Hans": "为您推荐|相关商品|与购物车搭配|结账前看看|最近浏览|原价|评分 {0}（满分 5）",
    "zh-Hant": "為您推薦|相關商品|與購物車搭配|結帳前看看|最近瀏覽|原價|評分 {0}（滿分 5）",
  };
  const wordOf = (language, key) =>
    words[/^zh\b(?!.*hans).*(hant|tw|hk|mo)/i.test(language) ? "zh-Hant" : /^zh/i.test(language) ? "zh-Hans" : "en"]
      .split("|")[Math.max(keys.indexOf(key), 0)];

  // ---- The visitor: one cookie holds the anonymous id and the token that reads this visitor's own.
  const stored = () => {
    try {
      return JSON.parse(decodeURIComponent(document.cookie.match(/(?:^|; )personalization=([^;]*)/)[1])) || {};
    } catch {
      return {};
    }
  };
  const store = (visitor) => {
    const value = encodeURIComponent(JSON.stringify(visitor)) + (location.protocol === "https:" ? "; Secure" : "");
    document.cookie = `personalization=${value}; Path=/; Max-Age=31536000; SameSite=Lax`;
    return visitor;
  };
  const newId = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  let user, waiting, begin;
  const begun = new Promise((resolve) => (begin = resolve));
  if (script.dataset.start !== "manual") begin();

  const call = async (path, options = {}) => {
    const answer = await fetch(host + path, { credentials: "omit", ...options });
    if (!answer.ok) throw answer;
    return answer.json();
  };
  const issue = async (name, headers) => {
    const { token } = await call("/v1/visitor-tokens", {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(writeKey + ":")}`, "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ ...name, hours: 720 }),
    });
    return token;
  };

  /** Asks for a token where there is none, renews it daily, and begins as a new visitor where it no longer holds. */
  const renew = async (refused) => {
    await begun;
    const known = stored();
    if (user) {
      if (!refused && known.user === user.id && known.until > Date.now() + day) return known;
      const token = await issue({ userId: user.id }, { "X-User-Token": user.token });
      return store({ id: known.id || newId(), user: user.id, token, until: Date.now() + month });
    }
    const own = !refused && !known.user && known.token;
    if (own && known.until > Date.now() + month - day) return known;
    const anonymousId = own ? known.id : newId();
    try {
      const token = await issue({ anonymousId }, own ? { "X-Visitor-Token": known.token } : {});
      if (!own) window.analytics?.setAnonymousId?.(anonymousId);
      return store({ id: anonymousId, token, until: Date.now() + month });
    } catch (failure) {
      if (failure.status !== 403 || refused) throw failure;
      return renew(true);
    }
  };
  const visitor = (refused) =>
    (waiting ||= renew(refused).finally(() => {
      waiting = undefined;
    }));

  const ask = async (path, again = true) => {
    const { token } = await visitor();
    try {
      return await call(path, { headers: { "X-Visitor-Token": token } });
    } catch (failure) {
      if (failure.status !== 401 && failure.status !== 403) throw failure;
      if (!again) throw failure;
      await visitor(true);
      return ask(path, false);
    }
  };

  const send = async (event, properties) => {
    const { id } = await visitor();
    const { href: url, pathname: path } = location;
    const now = new Date().toISOString();
    await call("/v1/track", {
      method: "POST",
      keepalive: true,
      // A simple request: no preflight stands before what a closing page still wants to say.
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify({
        writeKey, anonymousId: id, ...(user && { userId: user.id }),
        messageId: newId(), timestamp: now, sentAt: now, event, properties,
        context: {
          page: { url, path, title: document.title, referrer: document.referrer },
          locale: navigator.language,
          timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          ...(user && { userToken: user.token }),
        },
      }),
    });
  };
  const changed = () => dispatchEvent(new Event("personalization:changed"));
  const track = (event, properties = {}) => send(event, properties).then(changed);

  window.personalization = {
    /** Allows the cookie, where the script waits for consent (data-start="manual"). */
    start: () => begin(),
    /** Records an event, then lets every list on the page ask again. */
    track,
    /** Says who is signed in, with the token that the shop's server made for them; without arguments: signed out. */
    identify: (id, token) => {
      user = id ? { id, token } : undefined;
      changed();
    },
    /** The visitor's own lists, cart and unfinished order. */
    visitor: () => ask("/v1/visitor"),
    /** Asks every list on the page again. */
    refresh: changed,
  };
  window.analytics?.on?.("track", () => setTimeout(changed, 500));

  // ---- The element
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host{display:block}:host([hidden]){display:none}
h2{font:inherit;font-size:1.25em;font-weight:600;margin:0 0 .6em}
ul{list-style:none;margin:0;padding:3px;display:grid;grid-auto-flow:column;overflow-x:auto;
 grid-auto-columns:minmax(var(--pr-item-width,10.5rem),var(--pr-item-max,15rem));gap:var(--pr-gap,1rem)}
li{display:flex;min-width:0}
a,.empty{display:flex;flex-direction:column;gap:.3em;width:100%;color:inherit;text-decoration:none;
 border-radius:var(--pr-radius,.5rem)}
a:focus-visible{outline:3px solid var(--pr-accent,currentColor)}
a:hover .title{text-decoration:underline}
.picture{aspect-ratio:var(--pr-image-ratio,1);border-radius:inherit;overflow:hidden;background:rgb(128 128 128/.15)}
img{width:100%;height:100%;object-fit:cover;display:block}
.title,.reason{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;line-height:1.3;height:2.6em}
.title{font-weight:500}.price{min-height:1.4em}.was{margin-inline-start:.5em}
.rating,.reason{font-size:.875em}.rating{min-height:1.4em}`);

  const element = (name, part, ...children) => {
    const made = document.createElement(name);
    if (part) [made.className, made.part] = [part, part];
    made.append(...children);
    return made;
  };

  class Recommendations extends HTMLElement {
    static observedAttributes = ["placement", "product-id", "category", "filter", "exclude", "limit", "lang", "heading"];
    #root = this.attachShadow({ mode: "open" });
    #turn = 0;
    #timer;
    #again = () => this.#soon(150);
    #seen = new IntersectionObserver(([entry]) => entry.isIntersecting && this.#shown?.(), { threshold: 0.5 });
    #shown;

    connectedCallback() {
      this.#root.adoptedStyleSheets = [sheet];
      this.#fill([...Array(this.#limit)].map(() => element("li", "", this.#box("div"))), true);
      addEventListener("personalization:changed", this.#again);
      this.#soon(0);
    }
    disconnectedCallback() {
      removeEventListener("personalization:changed", this.#again);
      clearTimeout(this.#timer);
      this.#seen.disconnect();
    }
    attributeChangedCallback() {
      if (this.isConnected) this.#soon(0);
    }

    get #limit() {
      return Math.min(Math.max(parseInt(this.getAttribute("limit"), 10) || 6, 1), 24);
    }
    get #placement() {
      return this.getAttribute("placement") || "home";
    }
    get #language() {
      return (this.closest("[lang]")?.lang || navigator.language).replace("_", "-");
    }

    // Attributes that a page sets one after the other are asked with once.
    #soon(delay) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#load(), delay);
    }

    async #load() {
      const turn = ++this.#turn;
      const query = new URLSearchParams({
        placement: this.#placement, limit: this.#limit, language: this.#language,
        fields: "title,price,was,currency,url,image,rating",
      });
      for (const [attribute, name] of [["product-id", "productId"], ["category"], ["filter"], ["exclude"]])
        if (this.getAttribute(attribute)) query.set(name || attribute, this.getAttribute(attribute));
      let answer;
      try {
        answer = await ask(`/v1/recommendations?${query}`);
      } catch {
        // Nothing is better than a broken list; what is shown already stays.
      }
      if (turn !== this.#turn) return;
      if (answer?.items.length) this.#show(answer);
      else if (answer || !this.#root.querySelector("a")) this.#nothing();
    }

    #show({ recommendationId, items }) {
      this.hidden = false;
      this.#fill(items.map((item, index) => element("li", "item", this.#link(item, index, recommendationId))), false);
      this.#shown = () => {
        this.#shown = undefined;
        const products = items.map(({ productId }, index) => ({ product_id: productId, position: index + 1 }));
        send("Recommendations Shown", { recommendationId, products }).catch(() => {});
      };
      this.#seen.disconnect();
      this.#seen.observe(this);
    }

    // What stands between the element's tags is shown instead: the shop's own list, or nothing.
    #nothing() {
      this.#root.replaceChildren(element("slot"));
      this.hidden = !this.childElementCount;
    }

    #fill(rows, busy) {
      const title = this.getAttribute("heading") || wordOf(this.#language, this.#placement);
      const list = element("ul", "list", ...rows);
      const section = element("section", "", element("h2", "heading", title), list);
      section.ariaLabel = title;
      section.ariaBusy = busy;
      this.#root.replaceChildren(section);
    }

    // The same boxes while loading as afterwards: nothing on the page moves.
    #box(name, item = {}) {
      const language = this.#language;
      const money = (amount) => amount.toLocaleString(language, item.currency && { style: "currency", currency: item.currency });
      const box = element(name, name === "a" ? "link" : "empty");
      const picture = element("div", "picture");
      if (item.image) {
        const image = element("img", "image");
        [image.alt, image.loading, image.src] = ["", "lazy", item.image];
        image.onerror = () => image.remove();
        picture.append(image);
      }
      const price = element("div", "price", item.price === undefined ? "" : money(item.price));
      if (item.was > item.price) {
        const was = element("s", "was", money(item.was));
        was.title = wordOf(language, "was");
        price.append(was);
      }
      const title = element("div", "title", item.title || item.productId || "");
      box.append(picture, title, price, this.#rating(item), element("div", "reason", item.reason?.text || ""));
      return box;
    }

    #rating({ rating, reviews }) {
      const line = element("div", "rating");
      if (rating) {
        const value = rating.toFixed(1);
        const stars = element("span", "", `★ ${value}`);
        stars.role = "img";
        stars.ariaLabel = wordOf(this.#language, "rated").replace("{0}", value);
        line.append(stars, reviews ? ` (${reviews})` : "");
      }
      return line;
    }

    #link(item, index, recommendationId) {
      const link = this.#box("a", item);
      if (item.url) link.href = item.url;
      link.onclick = (event) => {
        // A shop that shows products without loading a page cancels the event and shows the product itself.
        const chosen = { detail: item, bubbles: true, cancelable: true };
        if (!this.dispatchEvent(new CustomEvent("personalization:click", chosen))) event.preventDefault();
        track("Product Clicked", { product_id: item.productId, position: index + 1, recommendationId }).catch(() => {});
      };
      return link;
    }
  }
  customElements.define("personal-recommendations", Recommendations);
})();
