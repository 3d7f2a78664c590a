// Opens a page of `--format html` in Chromium, uses it as a reader would, and looks at it.
//
//   griot convert tests/formats/input.jsonl page.html
//   npm install --prefix tests/formats
//   node tests/formats/html_check.js page.html [folder for screenshots]
//
// CHROMIUM names the browser, /usr/bin/chromium by default. Exits with 1 if something is wrong:
// an error in the console, a request, a script that a text brought, a view that stays empty.

const assert = require("node:assert/strict");
const path = require("node:path");
const { chromium } = require("playwright-core");

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const checks = {
  async "shows every document as it is"({ page }) {
    const records = await page.evaluate(() => window.records);
    for (const [i, record] of records.entries()) {
      await page.keyboard.press("1");
      if (i > 0) await page.keyboard.press("n");
      assert.equal(await page.locator(".words").evaluate((node) => node.textContent), record.text);
      for (const entity of record.entities) {
        assert.equal(record.text.slice(entity.start, entity.end), entity.text);
      }
      const marks = await page.locator("mark").evaluateAll((all) => all.map((mark) => mark.textContent));
      assert.deepEqual(marks, record.entities.map((entity) => entity.text));
    }
  },

  async "is moved through with keys"({ page }) {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "MARK");
    assert.ok(await page.locator("#card").isVisible());
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("#inspector").isVisible());
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    assert.ok(!(await page.locator("#inspector").isVisible()));
    await page.keyboard.press("?");
    assert.ok(await page.locator("#keys").isVisible());
    await page.keyboard.press("Escape");
    assert.ok(!(await page.locator("#keys").isVisible()));
    assert.equal(await page.locator("mark[tabindex='0']").count(), 1);
  },

  async "finds names and texts"({ page }) {
    const name = await page.evaluate(() => window.records.flatMap((record) => record.entities)[0].text.split(/\s/)[0]);
    await page.keyboard.press("/");
    await page.keyboard.insertText(name.toUpperCase());
    assert.ok((await page.locator("#found [role=option]").count()) > 0);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    const shown = await page.locator("#inspector").textContent();
    assert.ok(shown.toLowerCase().includes(name.toLowerCase()), shown);
    await page.keyboard.press("/");
    await page.keyboard.type("qqqqq");
    assert.ok(!(await page.locator("#found").isVisible()));
    await page.keyboard.press("Escape");
  },

  async "lists entities with counts and spellings"({ page }) {
    await page.keyboard.press("2");
    const rows = await page.locator(".index tbody tr").count();
    assert.ok(rows > 2);
    await page.locator(".index th button").first().click();
    assert.equal(await page.locator(".index tbody tr").count(), rows);
    await page.locator("#legend button").first().click();
    assert.ok((await page.locator(".index tbody tr").count()) < rows);
    await page.locator("#legend button").first().click();
    await page.locator(".index tbody tr").first().click();
    assert.ok(await page.locator("#inspector").isVisible());
  },

  async "draws the network and the spread"({ page }) {
    await page.keyboard.press("3");
    const nodes = page.locator(".network .node");
    assert.ok((await nodes.count()) > 2);
    assert.ok((await page.locator(".network .edge").count()) > 1);
    const places = await nodes.evaluateAll((all) => all.map((node) => node.getAttribute("transform")));
    assert.ok(places.every((place) => /^translate\(-?[0-9.]+ -?[0-9.]+\)$/.test(place)), String(places));
    assert.equal(new Set(places).size, places.length);
    await nodes.first().focus();
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("#inspector").isVisible());
    await page.keyboard.press("4");
    assert.ok((await page.locator(".stack button").count()) > 0);
    await page.locator(".cells button").first().click();
    assert.ok(await page.locator(".words").isVisible());
  },

  async "has light and dark"({ page }) {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await paper();
    await page.keyboard.press("t");
    assert.notEqual(await paper(), before);
    await page.keyboard.press("t");
    assert.equal(await paper(), before);
  },

  async "fits a phone"({ page }) {
    await page.setViewportSize(PHONE);
    for (const key of ["1", "2", "3", "4"]) {
      await page.keyboard.press(key);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `view ${key} is ${over} pixels too wide`);
    }
    await page.setViewportSize(WIDE);
  },

  async "runs nothing that a text brings"({ page, heard }) {
    assert.equal(await page.evaluate(() => document.scripts.length), 1);
    assert.equal(await page.locator(".words script, .words b, #documents script").count(), 0);
    const blocked = await page.evaluate(() => {
      const script = document.createElement("script");
      try { script.textContent = "window.ran = true"; document.body.append(script); } catch { return true; }
      return !window.ran;
    });
    assert.ok(blocked, "the policy allows other scripts");
    heard.length = 0;
  },
};

async function open(browser, file, view, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme, offline: true });
  const page = await context.newPage();
  const heard = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && heard.push(message.text()));
  page.on("pageerror", (error) => heard.push(error.stack));
  page.on("dialog", (dialog) => { heard.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => request.url().startsWith("file:") || heard.push(`request: ${request.url()}`));
  // The page takes its records out once it has them, so they are copied before.
  await page.addInitScript(() => {
    new MutationObserver(() => {
      const blocks = document.querySelectorAll("script.document");
      if (blocks.length > (window.records ?? []).length) window.records = [...blocks].map((block) => { try { return JSON.parse(block.textContent); } catch { return null; } });
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(`file://${path.resolve(file)}#view=${view}`);
  await page.waitForSelector("[aria-selected=true]");
  return { page, heard, context };
}

async function picture(browser, file, folder, view, viewport, colorScheme) {
  const { page, context } = await open(browser, file, view, viewport, colorScheme);
  if (view === "read" && viewport === WIDE) {
    await page.locator("mark").nth(1).click();
    await page.locator("mark").nth(2).hover();
  }
  await page.screenshot({ path: path.join(folder, `${view}-${viewport.width}-${colorScheme}.png`) });
  await context.close();
}

(async () => {
  const [, , file, folder] = process.argv;
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const { page, heard, context } = await open(browser, file, "read", WIDE, "light");
    try {
      await check({ page, heard });
      assert.deepEqual(heard, []);
      console.log(`ok    ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}: ${error.message}`);
    }
    await context.close();
  }
  if (folder) {
    for (const colors of ["light", "dark"]) {
      for (const view of ["read", "index", "network", "spread"]) {
        await picture(browser, file, folder, view, WIDE, colors);
        await picture(browser, file, folder, view, PHONE, colors);
      }
    }
  }
  await browser.close();
  process.exit(failed > 0 ? 1 : 0);
})();
