"use strict";
// Emptying the cart is asked for twice.

part("empty")?.addEventListener("click", () => part("sure").showModal());
part("keep")?.addEventListener("click", () => part("sure").close());
