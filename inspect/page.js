(() => {
	"use strict";
	const live = document.getElementById("live"), status = document.getElementById("status");
	const pause = document.getElementById("pause"), filter = document.getElementById("filter");
	let paused = false, busy = false, again = false;

	const url = () => {
		const asked = new URLSearchParams(new FormData(filter));
		for (const [name, value] of [...asked]) if (!value) asked.delete(name);
		return "?" + asked;
	};
	const selecting = () => {
		const s = getSelection();
		return s && !s.isCollapsed && live.contains(s.anchorNode);
	};
	const show = (text) => {
		const page = new DOMParser().parseFromString(text, "text/html"), fresh = page.getElementById("live");
		if (!fresh) throw new Error("no page");
		const scrolled = [...live.querySelectorAll(".scroll")].map((e) => [e.scrollLeft, e === document.activeElement]);
		live.replaceChildren(...fresh.childNodes);
		live.querySelectorAll(".scroll").forEach((e, i) => {
			if (!scrolled[i]) return;
			e.scrollLeft = scrolled[i][0];
			if (scrolled[i][1]) e.focus({ preventScroll: true });
		});
		status.textContent = page.getElementById("status").textContent;
		const kinds = filter.elements.op, had = new Set([...kinds.options].map((o) => o.text));
		for (const o of page.querySelectorAll("select[name=op] option")) if (!had.has(o.text)) kinds.add(new Option(o.text));
	};
	const refresh = async (asked) => {
		if (busy) { again = again || asked; return; }
		if (!asked && (paused || document.hidden || selecting())) return;
		busy = true;
		try {
			const answer = await fetch(url() + "&format=html", { cache: "no-store" });
			const text = await answer.text();
			if (answer.ok) show(text); else status.textContent = text.trim();
		} catch {
			status.textContent = "no answer; trying again";
		}
		busy = false;
		if (again) { again = false; refresh(true); }
	};
	const ask = () => { history.replaceState(null, "", url()); refresh(true); };

	let typing;
	filter.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(ask, 200); });
	filter.addEventListener("submit", (e) => { e.preventDefault(); ask(); });
	live.addEventListener("click", (e) => {
		const head = e.target.closest("a[data-sort]");
		if (!head || e.metaKey || e.ctrlKey || e.shiftKey) return;
		e.preventDefault();
		filter.elements.sort.value = head.dataset.sort;
		ask();
	});
	pause.hidden = false;
	pause.addEventListener("click", () => {
		paused = !paused;
		pause.textContent = paused ? "Go on" : "Pause";
		pause.setAttribute("aria-pressed", paused);
		if (!paused) refresh(true);
	});
	setInterval(refresh, 1000, false);
})();
