"use strict";
const PRODUCTS = [["Blue mug", 12], ["Red mug", 12.5], ["Teapot", 39], ["Espresso cup", 8]];
const $ = (id) => document.getElementById(id);
const cart = JSON.parse(sessionStorage.getItem("cart") || "{}");
const money = (n) => n.toFixed(2);
function keep() {
  sessionStorage.setItem("cart", JSON.stringify(cart));
  const count = Object.values(cart).reduce((a, b) => a + b, 0);
  for (const el of document.querySelectorAll("#count")) el.textContent = String(count);
}
function list(words) {
  const at = $("products");
  if (!at) return;
  const shown = PRODUCTS.filter(([name]) => name.toLowerCase().includes(words.toLowerCase()));
  at.replaceChildren(...shown.map(([name, price]) => {
    const li = document.createElement("li");
    const b = document.createElement("b"); b.textContent = name;
    const s = document.createElement("span"); s.className = "price"; s.textContent = "€" + money(price);
    const add = document.createElement("button"); add.type = "button"; add.textContent = "Add";
    add.setAttribute("aria-label", "Add " + name);
    add.onclick = () => { cart[name] = (cart[name] || 0) + 1; keep(); $("found").textContent = name + " is in your cart"; };
    li.append(b, s, add); return li;
  }));
  return shown.length;
}
function find(event) {
  event.preventDefault();
  const n = list($("q").value.trim());
  $("found").textContent = n ? n + (n === 1 ? " product" : " products") + " found" : "Nothing found";
  return false;
}
function lines() {
  const at = $("lines");
  if (!at) return;
  let total = 0;
  at.replaceChildren(...Object.entries(cart).map(([name, n]) => {
    const price = PRODUCTS.find((p) => p[0] === name)[1] * n; total += price;
    const tr = document.createElement("tr");
    for (const t of [name, n + " ×", "€" + money(price)]) { const td = document.createElement("td"); td.textContent = t; tr.append(td); }
    const td = document.createElement("td"), b = document.createElement("button");
    b.type = "button"; b.textContent = "Remove"; b.setAttribute("aria-label", "Remove " + name);
    b.onclick = () => { delete cart[name]; keep(); lines(); };
    td.append(b); tr.append(td); return tr;
  }));
  $("total").textContent = "€" + money(total);
}
function pay(event) {
  event.preventDefault();
  const f = event.target, card = f.card.value.replace(/\D/g, "");
  const wrong = !f.name.value ? "Please give your name" : card.length !== 16 ? "The card number has 16 digits" : !f.how.value ? "Please choose a delivery" : "";
  $("problem").textContent = wrong;
  if (!wrong) { for (const k in cart) delete cart[k]; keep(); location.href = "/thanks.html"; }
  return false;
}
function signin(event) {
  event.preventDefault();
  if ($("pw").value === "correct horse") location.href = "/account.html";
  else { $("problem").textContent = "This is not the password"; $("pw").value = ""; }
  return false;
}
list(""); lines(); keep();
if ($("order")) $("order").textContent = "Order no. " + (10000 + Math.floor(Math.random() * 90000));
if ($("care")) { $("care").onclick = () => $("help").showModal(); $("close").onclick = () => $("help").close(); }
if ($("save")) $("save").onclick = () => { const c = document.querySelector("[name=often]:checked"); $("saved").textContent = c ? "Saved: " + c.parentElement.textContent.trim() : "Nothing chosen"; };
