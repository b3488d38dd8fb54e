// The picture on reports: the file is read here and sent as text, since no form of the service takes files.
const logo = document.querySelector("[data-logo]");
if (logo) {
  const chooser = logo.querySelector("input[type=file]");
  const picture = logo.querySelector("[name=picture]");
  const send = logo.querySelector("[data-logo-send]");
  const told = logo.querySelector("#logo-told");
  const largest = Number(logo.dataset.largest);
  const say = (words) => {
    told.textContent = words;
    told.hidden = words === "";
    send.disabled = words !== "" || picture.value === "";
  };
  chooser.addEventListener("change", () => {
    picture.value = "";
    const file = chooser.files[0];
    if (!file) return say("");
    if (file.size > largest) {
      return say(`This picture is not taken: it has ${file.size.toLocaleString("en")} bytes, and may have ${largest.toLocaleString("en")}. Make it smaller.`);
    }
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      picture.value = String(reader.result).split(",", 2)[1] ?? "";
      say(picture.value === "" ? "This file is empty." : "");
    });
    reader.addEventListener("error", () => say("This file cannot be read."));
    reader.readAsDataURL(file);
  });
}
