/* Offers to use the place where the phone is. Without script nothing of it is seen. */
for (const form of document.querySelectorAll("form[data-near]")) {
  const button = form.querySelector("button"), told = form.querySelector("[role=status]");
  form.hidden = !navigator.geolocation;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.place.value = `${coords.latitude.toFixed(4)},${coords.longitude.toFixed(4)}`;
      form.submit();
    }, () => {
      button.disabled = false;
      told.textContent = form.dataset.near;
    }, { timeout: 15000, maximumAge: 600000 });
  });
}
