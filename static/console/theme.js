// Before the page is painted: the scheme that was chosen here before, if one was.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be blocked: then the system's scheme it is.
}
