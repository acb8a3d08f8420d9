"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const at = (id) => document.getElementById(id);
const shown = 6; // answers, before the button that shows all
const roomy = 1600; // pixels of the longer side that a large picture is shrunk to
let file = null; // the picture that was chosen
let address = ""; // of its preview
let asking = null; // an AbortController
let all = false; // all answers are shown

function say(problem) {
	at("error").textContent = problem;
	at("error").hidden = problem === "";
}

// fail says why there is no answer, and takes the last one away: it would be taken for one to this question.
function fail(problem) {
	say(problem);
	at("found").hidden = true;
	at("headline").textContent = "No answer";
}

function choose(chosen) {
	if (chosen && !/^image\//.test(chosen.type)) {
		say(`“${chosen.name}” is no picture: a PNG, JPEG, GIF or WebP file is expected.`);
		return;
	}
	say("");
	if (address) URL.revokeObjectURL(address);
	file = chosen;
	address = file ? URL.createObjectURL(file) : "";
	const preview = at("preview");
	preview.hidden = at("clear").hidden = !file;
	at("file-hint").hidden = Boolean(file);
	if (!file) {
		preview.removeAttribute("src");
		at("file").value = "";
		at("file-name").textContent = "Choose a picture";
		return;
	}
	preview.onload = () => preview.classList.toggle("small", preview.naturalWidth < 100);
	preview.onerror = () => {
		preview.hidden = true;
		say(`“${file.name}” cannot be read as a picture: it may be damaged, or of a kind that this browser does not know.`);
	};
	preview.src = address;
	preview.alt = "The chosen picture";
	at("file-name").textContent = file.name || "Pasted picture";
}

// base64 of the picture's file; a large picture is drawn smaller first, which spares the way to the server.
async function encoded() {
	let blob = file;
	const bitmap = await createImageBitmap(file);
	const pixels = bitmap.width * bitmap.height;
	if (pixels > facts.maxPixels || file.size > Math.min(2 << 20, facts.maxBody / 2)) {
		const scale = Math.min(1, roomy / Math.max(bitmap.width, bitmap.height));
		const canvas = document.createElement("canvas");
		canvas.width = Math.max(1, Math.round(bitmap.width * scale));
		canvas.height = Math.max(1, Math.round(bitmap.height * scale));
		const context = canvas.getContext("2d");
		context.fillStyle = "white"; // what is transparent shows white, as for the server
		context.fillRect(0, 0, canvas.width, canvas.height);
		context.imageSmoothingQuality = "high";
		context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
		blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
	}
	bitmap.close();
	const reader = new FileReader();
	await new Promise((done, failed) => {
		reader.onload = done;
		reader.onerror = failed;
		reader.readAsDataURL(blob);
	});
	return reader.result.slice(reader.result.indexOf(",") + 1);
}

// request is that of the protocol, or what is missing in words.
async function request(answer) {
	const text = facts.text ? at("text").value.trim() : "";
	const inputs = [];
	if (!facts.optional && !file) return "Choose a picture first.";
	if (!facts.optional && facts.text && !text) return "Type a question first.";
	if (!file && !text) return facts.text ? "Choose a picture, or type a question." : "Choose a picture first.";
	if (file) {
		try {
			inputs.push({name: "image", datatype: "BYTES", shape: [1], data: [await encoded()]});
		} catch {
			return `“${file.name}” cannot be read as a picture: it may be damaged, or of a kind that this browser does not know.`;
		}
	}
	if (text) inputs.push({name: "text", datatype: "BYTES", shape: [1], data: [text]});
	return {inputs, parameters: answer === undefined ? {} : {class: answer}};
}

async function ask(answer) {
	asking?.abort();
	const mine = asking = new AbortController();
	const busy = (is) => {
		at("result").setAttribute("aria-busy", String(is));
		at("ask").disabled = is;
		at("ask").textContent = is ? "Asking…" : "Ask";
	};
	busy(true);
	say("");
	try {
		const body = await request(answer);
		if (mine.signal.aborted) return;
		if (typeof body === "string") return fail(body);
		const reply = await fetch(`v2/models/${encodeURIComponent(facts.name)}/explain`, {method: "POST", body: JSON.stringify(body), signal: mine.signal});
		const result = await reply.json().catch(() => ({}));
		if (mine.signal.aborted) return;
		if (!reply.ok) return fail(problem(reply.status, result.error));
		show(result);
	} catch (e) {
		if (e.name !== "AbortError") fail("The server cannot be reached. Is it still running?");
	} finally {
		if (asking === mine) busy(false);
	}
}

function problem(status, reason) {
	if (status === 503) return "The server has too much to do just now. Try again in a moment.";
	if (status === 413) return "The picture is too large for this server.";
	if (!reason) return `The server answered with status ${status}, and no reason.`;
	const plain = reason.replace(/^the input "\w+": /, "").replace("of text 0, ", "of ").replace("picture 0", "the picture");
	return plain[0].toUpperCase() + plain.slice(1) + ".";
}

const percent = (p) => `${(100 * p).toFixed(1)} %`;
const number = (v) => v.toPrecision(4);
const signed = (v) => (v < 0 ? "−" : "+") + Math.abs(v).toFixed(2);

function element(tag, className, text) {
	const e = document.createElement(tag);
	if (className) e.className = className;
	if (text !== undefined) e.textContent = text;
	return e;
}

function show(r) {
	const isNumber = r.kind === "numbers";
	const value = isNumber ? number : percent;
	const head = isNumber ? r.answers.find((a) => a.name === r.explained) : r.answers[0];
	at("headline").textContent = `${head.name}: ${value(head.value)}`;
	at("bars-hint").textContent = r.answers.length < 2 ? "" : {
		classes: "Choose an answer to see what speaks for it.",
		labels: "Each label by itself. Choose one to see what speaks for it.",
		numbers: "Choose a number to see what raises it.",
	}[r.kind];
	at("bars").className = r.kind;
	at("bars").replaceChildren(...r.answers.map((a, i) => row(a, value(a.value), a.name === r.explained, !all && i >= shown)));
	at("more").hidden = all || r.answers.length <= shown;
	at("more").textContent = `Show all ${r.answers.length}`;
	at("map-figure").hidden = !r.overlay;
	if (r.overlay) {
		at("map").src = r.overlay;
		at("map").alt = `The picture with a heat map over it: bright where it raises “${r.explained}”`;
		at("map-caption").textContent = `Where the model looks for “${r.explained}” (Grad-CAM)`;
	}
	at("words-part").hidden = !r.words;
	if (r.words) {
		const most = Math.max(...r.words.map((w) => Math.abs(w.weight)), 1e-12);
		at("words-caption").textContent = `What each word adds to “${r.explained}”`;
		at("words").replaceChildren(...r.words.map((w) => word(w, w.weight / most)));
		at("strange-key").hidden = r.words.every((w) => w.known);
	}
	at("found").hidden = false;
	if (matchMedia("(max-width: 46rem)").matches) at("result").scrollIntoView({block: "start"});
}

function row(a, value, pressed, hidden) {
	const item = element("li");
	const button = element("button");
	button.type = "button";
	button.setAttribute("aria-pressed", String(pressed));
	button.title = a.name;
	const track = element("span", "track");
	track.setAttribute("aria-hidden", "true");
	const bar = element("i");
	bar.style.width = `${100 * Math.min(1, Math.max(0, a.value))}%`;
	track.append(bar);
	button.append(element("span", "name", a.name), track, element("span", "value", value));
	button.onclick = () => ask(a.name);
	item.hidden = hidden && !pressed;
	item.append(button);
	return item;
}

function word(w, share) {
	const item = element("li");
	const strength = Math.abs(share) * 0.85;
	item.style.background = share < 0 ? `rgb(33 102 172 / ${strength})` : `rgb(178 24 43 / ${strength})`;
	if (strength > 0.5) item.style.color = "white";
	const name = element("span", w.known ? "" : "strange", w.word);
	if (!w.known) name.title = "not known to the model";
	item.append(name, element("small", "", signed(w.weight)));
	return item;
}

at("file").onchange = () => at("file").files.length && choose(at("file").files[0]);
at("clear").onclick = () => { choose(null); at("file").focus(); };
at("form").onsubmit = (e) => { e.preventDefault(); ask(); };
if (facts.text) at("text").onkeydown = (e) => {
	if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
	e.preventDefault();
	ask();
};
at("more").onclick = () => {
	all = true;
	at("more").hidden = true;
	for (const item of at("bars").children) item.hidden = false;
};
// The whole page takes what is dropped: a picture that misses the field would replace the page.
addEventListener("dragover", (e) => { e.preventDefault(); at("drop").classList.add("over"); });
addEventListener("dragleave", (e) => e.relatedTarget || at("drop").classList.remove("over"));
addEventListener("drop", (e) => {
	e.preventDefault();
	at("drop").classList.remove("over");
	if (e.dataTransfer.files.length) choose(e.dataTransfer.files[0]);
	else say("What was dropped is no file. Save the picture first, and drop or choose its file.");
});
addEventListener("paste", (e) => {
	const pasted = [...e.clipboardData.files].find((f) => /^image\//.test(f.type));
	if (pasted) choose(pasted);
});
