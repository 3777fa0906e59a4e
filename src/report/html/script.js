(function () {
  "use strict";
  var form = document.querySelector(".filter");
  if (form) {
    var rows = Array.from(form.parentElement.querySelectorAll(".row"));
    var said = form.querySelector("output");
    var apply = function () {
      var text = form.elements.text.value.toLowerCase();
      var shown = 0;
      rows.forEach(function (row) {
        var kind = ["bad", "open", "good"].find(function (name) { return row.classList.contains(name); });
        var fits = form.elements[kind].checked && row.textContent.toLowerCase().includes(text);
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      said.textContent = shown + " of " + rows.length;
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (row) { row.open = true; });
  });
})();
