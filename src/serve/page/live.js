// Without this, the page of a check that runs loads itself anew, and the link to the Markdown is a link.
addEventListener("DOMContentLoaded", () => {
  const running = document.querySelector("[data-events]");
  if (running) {
    const reload = () => location.reload();
    const list = running.querySelector(".live");
    const queue = running.querySelector(".queue");
    const source = new EventSource(running.dataset.events);
    source.addEventListener("step", (event) => {
      const row = document.getElementById("step-" + JSON.parse(event.data).number);
      queue.textContent = queue.dataset.working;
      list.querySelectorAll(".state:empty").forEach((state) => { state.textContent = list.dataset.pending; });
      if (!row || row.classList.contains("looked")) return;
      row.classList.add("looked");
      row.querySelector(".state").textContent = row.dataset.looked;
    });
    source.addEventListener("done", () => {
      list.setAttribute("aria-busy", "false");
      source.close();
      reload();
    });
    // A proxy may not let events through.
    source.addEventListener("error", () => { source.close(); setTimeout(reload, 3000); });
  }
  const copy = document.querySelector("a[data-copy]");
  if (copy && navigator.clipboard) {
    copy.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        const answer = await fetch(copy.href);
        if (!answer.ok) throw answer;
        await navigator.clipboard.writeText(await answer.text());
        copy.textContent = copy.dataset.copy;
      } catch { location = copy.href; }
    });
  }
});
