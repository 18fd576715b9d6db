// Conversations kept in this browser: saved after every answer, listed, reopened, renamed, deleted, exported.
// Kept are answer records and their Markdown; to reopen one, its records go to the server, which draws them anew.
(() => {
  const KEY = "wenbao-conversations";
  const MOST = 50;
  let current = ""; // id of the conversation on the page
  let seen = ""; // the newest record that was kept
  let drawn = ""; // what the list shows

  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  };
  const store = (all) => {
    for (let kept = all.slice(0, MOST); kept.length; kept.pop()) {
      try {
        localStorage.setItem(KEY, JSON.stringify(kept));
        return;
      } catch {
        // The browser's store is full: the oldest conversation goes.
      }
    }
    localStorage.removeItem(KEY);
  };
  const save = (text) => {
    const { turn, record, markdown } = JSON.parse(text);
    const all = load();
    let conversation = all.find(({ id }) => id === current);
    if (!conversation) {
      current = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
      conversation = { id: current, name: record.question.slice(0, 60), turns: [] };
    }
    conversation.turns = [...conversation.turns.slice(0, turn), { record, markdown }];
    store([conversation, ...all.filter(({ id }) => id !== current)]);
  };
  const download = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name.replace(/[^\p{L}\p{N} _-]/gu, "_").slice(0, 60) + (type.includes("json") ? ".json" : ".md");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const actions = (conversation, words) => {
    const change = (edit) => {
      store(edit(load()));
      draw();
    };
    const rename = () => {
      const name = window.prompt(words.new_name, conversation.name);
      if (name) change((all) => all.map((c) => (c.id === conversation.id ? { ...c, name: name.slice(0, 120) } : c)));
    };
    const records = conversation.turns.map(({ record }) => record);
    const reopen = () => {
      current = conversation.id;
      window.wenbao.command("restore", JSON.stringify(records));
      document.querySelector("#wb-tabs button[role=tab]")?.click();
    };
    return [
      [conversation.name, "wb-headline", reopen],
      [words.rename, "wb-link", rename],
      [words.delete, "wb-link", () => change((all) => all.filter(({ id }) => id !== conversation.id))],
      [`${words.export} Markdown`, "wb-link", () => download(conversation.name, "text/markdown", conversation.turns.map((t) => t.markdown).join("\n"))],
      [`${words.export} JSON`, "wb-link", () => download(conversation.name, "application/json", JSON.stringify(records, null, 2))],
    ];
  };
  const draw = () => {
    const frame = document.querySelector(".wb-history");
    const list = frame?.querySelector("ol");
    if (!list) return;
    const all = load();
    const state = JSON.stringify([frame.title || frame.words, all.map(({ id, name, turns }) => [id, name, turns?.length])]);
    if (state === drawn && list.childElementCount) return;
    drawn = state;
    if (frame.title) frame.words = frame.title;
    frame.removeAttribute("title"); // it carries words for this script, not for the reader
    const words = JSON.parse(frame.words);
    list.replaceChildren();
    for (const conversation of all.filter((c) => Array.isArray(c?.turns))) {
      const row = document.createElement("li");
      for (const [label, name, act] of actions(conversation, words)) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = name;
        button.textContent = label;
        button.addEventListener("click", act);
        row.append(button, " ");
      }
      list.append(row);
    }
    if (!list.childElementCount) list.append(Object.assign(document.createElement("li"), { textContent: words.no_history }));
  };
  window.wenbao.keep = () => {
    const record = document.querySelector("#wb-conversation .wb-record")?.title || "";
    if (record && record !== seen) save(record);
    if (!record && seen) current = ""; // the page was cleared: the next answer begins a new conversation
    seen = record;
    draw();
  };
})();
