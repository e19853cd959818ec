import { showDetail } from "./detail.js";
import { h, linkButton, notice } from "./elements.js";
import { showForm } from "./form.js";
import { showHome, showView } from "./home.js";
import { showList } from "./list.js";
import { entities, title, views } from "./model.js";

const main = document.getElementById("main");

/** Shows the page that the part of the address after # names. */
async function route() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [first = "", second = "", third = ""] = path.split("/");
  const query = Object.fromEntries(new URLSearchParams(search ?? ""));
  const entity = entities.find((each) => each.plural === first);
  const view = first === "views" ? views.find((each) => each.name === second) : undefined;
  mark(first);
  document.title = entity || view ? `${entity?.labelPlural ?? view.title} · ${title}` : title;
  try {
    if (first === "") await showHome(main);
    else if (view) showView(main, view);
    else if (!entity) missing();
    else if (second === "new") await showForm(main, entity, undefined, query);
    else if (second && third === "edit") await showForm(main, entity, second);
    else if (second) await showDetail(main, entity, second);
    else await showList(main, entity, query);
  } catch (error) {
    if (error.status === 404) missing();
    else main.replaceChildren(notice("error", "This page could not be loaded", error.message, reload()));
  }
}

function reload() {
  return h("button", { type: "button", class: "button plain", onclick: route }, "Try again");
}

function missing() {
  main.replaceChildren(
    notice("empty", "Not found", "There is nothing at this address.", linkButton("Start page", "#/", "plain")),
  );
}

function mark(plural) {
  for (const link of document.querySelectorAll("#nav a")) {
    const current = link.getAttribute("href") === `#/${plural}`;
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

document.getElementById("brand").textContent = title;
document
  .getElementById("nav")
  .replaceChildren(
    h("a", { href: "#/" }, "Start"),
    ...entities.map((entity) => h("a", { href: `#/${entity.plural}` }, entity.labelPlural)),
  );
document.getElementById("skip").addEventListener("click", () => main.focus()); // a link with # would change the page
window.addEventListener("hashchange", () => {
  route().then(() => window.scrollTo(0, 0));
});
route();
