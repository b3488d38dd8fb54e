// A document of the room: its file goes as the body of one request, and never through a form, which would store it in plain.
const room = document.querySelector("[data-document]");
if (room) {
  const chooser = room.querySelector("input[type=file]");
  const button = room.querySelector("[data-send]");
  const bar = room.querySelector("progress");
  const says = room.querySelector("[data-says]");
  const tell = (words, tone) => {
    says.textContent = words;
    says.className = `notice ${tone}`;
    says.hidden = false;
  };
  button.addEventListener("click", () => {
    const [file] = chooser.files;
    if (!file) return tell("Choose a file first.", "warn");
    if (file.size > Number(room.dataset.most)) return tell("It is larger than 20 MB. Export it with smaller pictures.", "bad");
    const request = new XMLHttpRequest();
    request.open("POST", room.dataset.document);
    request.setRequestHeader("Content-Type", "application/pdf");
    request.setRequestHeader("X-CSRFToken", room.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && (bar.value = event.loaded / event.total));
    request.upload.addEventListener("load", () => tell("All is sent. It is being looked through.", "info"));
    request.addEventListener("load", () => {
      button.disabled = false;
      bar.hidden = true;
      let words = "The server has trouble at the moment. Try again.";
      try {
        words = JSON.parse(request.responseText).words ?? words;
      } catch {
        // Somebody in between has answered.
      }
      if (request.status === 200) return location.reload();
      tell(words, "bad");
    });
    request.addEventListener("error", () => {
      button.disabled = false;
      tell("The line is lost. Try again.", "bad");
    });
    button.disabled = true;
    bar.hidden = false;
    tell("Is being sent.", "info");
    request.send(file);
  });
  room.hidden = false;
}
