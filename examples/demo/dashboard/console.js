// What CloudWatch's console does to the HTML of a custom widget, as its user guide has it: it cleans that of whatever could
// run, and ties each <cwdb-action> to the element before it.
"use strict";

const console_ = {
  // Elements that are taken out with all that is in them.
  removed: "script, iframe, frame, object, embed, link, meta, base, use, noscript, template",

  clean(html) {
    // What comes before all elements, such as a style sheet, a parser puts into the head, and it is lost.
    const body = new DOMParser().parseFromString(html, "text/html").body;
    body.querySelectorAll(console_.removed).forEach((element) => element.remove());
    for (const element of body.querySelectorAll("*")) {
      for (const { name, value } of [...element.attributes]) {
        const address = ["href", "src", "xlink:href", "action", "formaction"].includes(name);
        if (/^on/i.test(name) || (address && /^\s*(javascript|data|vbscript):/i.test(value))) {
          element.removeAttribute(name);
        }
      }
    }
    return body.innerHTML;
  },

  // Puts the widget's answer into the element; call(endpoint, event) gives the answer of a function.
  show(element, answer, call) {
    if (typeof answer !== "string") {
      element.replaceChildren(console_.preformatted(answer));
      return;
    }
    element.innerHTML = console_.clean(answer);
    for (const action of element.querySelectorAll("cwdb-action")) {
      const clicked = action.previousElementSibling;
      const told = { ...Object.fromEntries([...action.attributes].map((one) => [one.name, one.value])) };
      const content = action.textContent;
      action.remove();
      clicked?.addEventListener(told.event || "click", async () => {
        if (told.confirmation && !(await console_.ask(told.confirmation))) return;
        const found = told.action === "call" ? await call(told.endpoint, JSON.parse(content || "{}")) : content;
        if (told.display === "popup") await console_.ask(console_.preformatted(found), "Close");
        else console_.show(element, found, call);
      });
    }
  },

  preformatted(answer) {
    const block = document.createElement("pre");
    block.textContent = typeof answer === "string" ? answer : JSON.stringify(answer, null, 2);
    return block;
  },

  // A question, or a message with one button; gives whether it was answered with the first.
  ask(content, only) {
    const dialog = document.createElement("dialog");
    const text = document.createElement("div");
    text.append(content);
    dialog.append(text);
    const close = (value) => () => dialog.close(value);
    for (const label of only ? [only] : ["OK", "Cancel"]) {
      const button = document.createElement("button");
      button.textContent = label;
      button.addEventListener("click", close(label));
      dialog.append(button);
    }
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) =>
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "OK");
      }),
    );
  },
};
