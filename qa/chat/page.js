// Clicks on the page's own buttons, the switches for light and dark and for the language. No request leaves the page
// except through Gradio's own components: a command is written into a hidden field and a hidden button is pressed.
(() => {
  const field = (id) => document.querySelector(`#${id} textarea, #${id} input`);
  const write = (element, text) => {
    const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value").set;
    setter.call(element, text);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const press = (id) => (document.querySelector(`button#${id}`) || document.querySelector(`#${id} button`))?.click();
  const narrow = () => window.matchMedia("(max-width: 899px)").matches;
  let wanted = false; // the reader asked for a source: bring it into view when it comes

  // Gradio's client misses the result of an event that is sent while the stream of the one before is being closed. The next
  // event of any kind brings it, so a click or Enter is followed by events that have no effect of their own.
  const expect = () => [700, 2500].forEach((wait) => setTimeout(press, wait, "wb-wake"));

  const command = (kind, text) => {
    write(field("wb-command"), text);
    press(`wb-${kind}`);
  };
  const ask = (question) => {
    write(field("wb-question"), question);
    setTimeout(() => press("wb-send"), 30);
  };
  const copy = async (button) => {
    const text = button.value;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.classList.add("wb-copied");
    setTimeout(() => button.classList.remove("wb-copied"), 1500);
  };
  const judge = (button) => {
    const comment = button.title ? window.prompt(button.title) : "";
    if (comment === null) return;
    command("judge", JSON.stringify([...JSON.parse(button.value), comment]));
    button.classList.add("wb-copied");
    button.disabled = true;
  };
  const dark = (on) => {
    document.body.classList.toggle("dark", on);
    document.documentElement.style.colorScheme = on ? "dark" : "light";
    document.documentElement.classList.toggle("wb-dark", on);
  };
  const toggle = () => {
    const on = !document.body.classList.contains("dark");
    dark(on);
    localStorage.setItem("wenbao-theme", on ? "dark" : "light");
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (event.isTrusted) expect();
    const is = (name) => button.classList.contains(name);
    if (is("wb-cite") || is("wb-hit") || is("wb-open")) {
      wanted = true;
      command("open", button.value);
    } else if (is("wb-turn-tool")) command("redo", button.value);
    else if (is("wb-idea")) ask(button.value);
    else if (is("wb-withdraw")) command("withdraw", button.value);
    else if (is("wb-judge")) judge(button);
    else if (is("wb-stop")) press("wb-halt");
    else if (is("wb-copy")) copy(button);
    else if (is("wb-theme")) toggle();
  });
  document.addEventListener("keydown", (event) => event.key === "Enter" && event.target.closest?.("textarea, input") && expect(), true);
  const files = (event) => [...(event.dataTransfer?.types || [])].includes("Files") && document.querySelector("#wb-upload");
  const hover = (on) => document.body.classList.toggle("wb-drop", on);
  document.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    hover(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || hover(false));
  document.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    hover(false);
    const input = document.querySelector("input[type=file]");
    if (!input) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("#wb-language"))
      document.cookie = `wenbao_language=${encodeURIComponent(event.target.value)}; path=/; max-age=31536000; SameSite=Lax`;
  });

  const show_mark = () => {
    const pane = document.querySelector("#wb-pane");
    const mark = pane?.querySelector(".wb-cited");
    const frame = pane?.closest(".wb-right") || pane;
    if (mark && frame && !narrow())
      frame.scrollTop += mark.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 3;
    else if (wanted) (mark || pane)?.scrollIntoView({ block: mark ? "center" : "start" });
    wanted = false;
  };
  window.wenbao = { command };
  let panes = "";
  let turns = 0;
  let hoped = 0; // times we looked for more example questions, which are found while the first reader waits
  const watch = () => {
    const mast = document.querySelector(".wb-mast");
    if (mast?.lang) document.documentElement.lang = mast.lang;
    const pane = document.querySelector("#wb-pane .wb-pane")?.outerHTML || "";
    if (pane !== panes) {
      panes = pane;
      if (pane) show_mark();
    }
    const count = document.querySelectorAll(".wb-turn").length;
    const asked = count + document.querySelectorAll(".wb-turn .wb-answer").length;
    if (asked > turns && (count > 1 || narrow())) document.querySelector(".wb-last")?.scrollIntoView({ block: "start" });
    turns = asked;
    window.wenbao.keep?.();
    const ideas = document.querySelectorAll(".wb-ideas li").length;
    if (mast && !asked && ideas < 6 && hoped < 3) setTimeout(() => turns || press("wb-ideas"), 1500 * ++hoped);
  };
  let planned = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(watch);
  }).observe(document.documentElement, { childList: true, subtree: true });
  const start = () => {
    const kept = localStorage.getItem("wenbao-theme");
    const set = () => dark(kept ? kept === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches);
    set();
    setTimeout(set, 400); // Gradio sets its own choice while it starts
  };
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
