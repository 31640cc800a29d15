// Drawing a benefit map: with the mouse only, with the keyboard only, with a finger, as text without scripts, by two at once, and while the server can't be reached.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, phone, running, until } from './helhet.mjs'

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const coordinator = 'p-demo-coordinator-3909'

/** newMap makes an empty map and opens its board. */
async function newMap(reader, title) {
  const { page } = reader
  await reader.open('/benefits/maps/new')
  await page.locator('#title').fill(title)
  await page.locator('main form button[type="submit"]').click()
  await page.waitForURL((url) => url.search === '?edit=map')
  return new URL(page.url()).pathname
}

/** stored is the map as text, as the server has it. */
async function stored(reader, path) {
  const response = await reader.context.request.get(`${reader.base}${path}/map.txt`)
  return (await response.text()).trim().split('\n').filter(Boolean)
}

const saved = (page) => until('it to be saved', () => page.locator('[data-map-state][data-state="saved"]').count())
const box = (page, text) => page.locator('button[data-box]', { has: page.locator('span:first-child', { hasText: text }) }).first()

const drawnMap = ['tiltak: Sensorer', 'endring: Færre besøk', 'mål: Trygg natt', 'Sensorer -> Færre besøk', 'Færre besøk -> Trygg natt']

test('with the mouse: boxes are added, dragged together, undone and saved', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  const path = await newMap(reader, 'Med mus')
  for (const [kind, text] of [['measure', 'Sensorer'], ['change', 'Færre besøk'], ['goal', 'Trygg natt']]) {
    await page.locator(`[data-kind="${kind}"] [data-map-add]`).click()
    await page.locator('[data-map-text]').fill(text)
  }
  await box(page, 'Trygg natt').click() // closes its panel
  const drag = async (from, to) => {
    const [a, b] = [await box(page, from).boundingBox(), await box(page, to).boundingBox()]
    await page.mouse.move(a.x + a.width / 2, a.y + 12)
    await page.mouse.down()
    await page.mouse.move(a.x + a.width / 2 + 30, a.y + 16, { steps: 3 })
    await page.mouse.move(b.x + b.width / 2, b.y + 12, { steps: 5 })
    await page.mouse.up()
  }
  await drag('Sensorer', 'Færre besøk')
  await drag('Trygg natt', 'Færre besøk') // the wrong way round is understood
  assert.equal(await page.locator('.hh-mapper__line').count(), 2)
  assert.match(await page.locator('[data-map-say]').innerText(), /«Færre besøk» fører til «Trygg natt»/)
  await drag('Sensorer', 'Trygg natt')
  await page.locator('[data-map-undo]').click()
  assert.equal(await page.locator('.hh-mapper__line').count(), 2)
  assert.match(await page.locator('[data-map-state]').innerText(), /Ikke lagret/)
  await page.locator('[data-map-save]').click()
  await saved(page)
  assert.deepEqual(await stored(reader, path), drawnMap)
  await reader.open(path)
  assert.equal(await page.locator('.hh-map__picture .hh-map__arrow').count(), 2)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('with the keyboard: boxes are added, connected, removed, undone and saved', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  const path = await newMap(reader, 'Med tastatur')
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  for (const [kind, text] of [['measure', 'Sensorer'], ['change', 'Færre besøk'], ['goal', 'Trygg natt']]) {
    await page.locator(`[data-kind="${kind}"] [data-map-add]`).focus()
    await press('Enter')
    await page.keyboard.type(text)
    await press('Enter') // back to the box
  }
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Trygg natt')
  await press('ArrowLeft', 'ArrowLeft', 'k')
  assert.match(await page.locator('[data-map-say]').innerText(), /Velg hva «Sensorer» fører til/)
  await press('Enter') // the nearest column first
  assert.match(await page.locator('[data-map-say]').innerText(), /«Sensorer» fører til «Færre besøk»/)
  await press('k', 'Escape')
  assert.match(await page.locator('[data-map-say]').innerText(), /Avbrutt/)
  await press('k', 'Enter')
  assert.equal(await page.locator('.hh-mapper__line').count(), 2)
  await press('Delete')
  assert.match(await page.locator('[data-map-say]').innerText(), /er fjernet/)
  assert.equal(await page.locator('button[data-box]').count(), 2)
  await press('Control+z')
  assert.equal(await page.locator('button[data-box]').count(), 3)
  await press('Control+s')
  await saved(page)
  assert.deepEqual(await stored(reader, path), drawnMap)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('with a finger on a phone: tap, Connect to, tap', async () => {
  const reader = await Reader.at(browser, helhet, coordinator, { viewport: phone })
  const { page } = reader
  const path = await newMap(reader, 'Med finger')
  for (const [kind, text] of [['measure', 'Sensorer'], ['goal', 'Trygg natt']]) {
    await page.locator(`[data-kind="${kind}"] [data-map-add]`).click()
    await page.locator('[data-map-text]').fill(text)
  }
  await box(page, 'Sensorer').click()
  await page.locator('[data-map-connect]').click()
  await box(page, 'Trygg natt').click()
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  await page.locator('[data-map-save]').click()
  await saved(page)
  assert.deepEqual(await stored(reader, path), ['tiltak: Sensorer', 'mål: Trygg natt', 'Sensorer -> Trygg natt'])
  await reader.close()
})

test('as text without scripts, with its faults and nothing lost', async () => {
  const reader = await Reader.at(browser, helhet, coordinator, { script: false })
  const { page } = reader
  await reader.open('/benefits/maps/new')
  await page.locator('#title').fill('Som tekst')
  await page.locator('#text').fill('tiltak: Sensorer\nSensorer -> Trygg natt')
  await page.locator('main form button[type="submit"]').click()
  assert.match(await page.locator('#text-error-0').innerText(), /Linje 2: Ingen boks heter «Trygg natt»/)
  assert.equal(await page.locator('#text').inputValue(), 'tiltak: Sensorer\nSensorer -> Trygg natt')
  await page.locator('#text').fill(drawnMap.join('\n'))
  await page.locator('main form button[type="submit"]').click()
  await page.waitForURL((url) => url.search === '?saved=yes')
  const path = new URL(page.url()).pathname
  assert.deepEqual(await stored(reader, path), drawnMap)
  await reader.open(`${path}?edit=map`) // the board needs scripts: the form is there instead
  assert.equal(await page.locator('#text').isVisible(), true)
  assert.equal(await page.locator('[data-map]').isVisible(), false)
  await reader.close()
})

test('two at once: apart both are kept, together she gets both and chooses', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const other = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  const path = await newMap(reader, 'To om gangen')
  await other.open(`${path}?edit=text`)
  await page.locator('[data-kind="measure"] [data-map-add]').click()
  await page.locator('[data-map-text]').fill('Sensorer')
  await page.locator('[data-map-save]').click()
  await saved(page)
  await other.page.locator('#text').fill('mål: Trygg natt')
  await other.page.locator('main form button[type="submit"]').click()
  await other.page.waitForURL((url) => url.search === '?saved=yes')
  await page.locator('[data-map-text]').fill('Nye sensorer')
  await page.locator('[data-map-save]').click()
  await until('both', () => box(page, 'Trygg natt').count())
  assert.match(await page.locator('[data-map-say]').innerText(), /Begges endringer/)
  assert.deepEqual(await stored(reader, path), ['tiltak: Nye sensorer', 'mål: Trygg natt'])

  await other.open(`${path}?edit=map`)
  await box(other.page, 'sensorer').click()
  await other.page.locator('[data-map-text]').fill('Kamera')
  await other.page.locator('[data-map-save]').click()
  await saved(other.page)
  await page.locator('[data-map-text]').fill('Matter')
  await page.locator('[data-map-save]').click()
  await page.locator('[data-map-conflict]').waitFor()
  assert.match(await page.locator('[data-map-theirs]').innerText(), /Kamera/)
  await page.locator('[data-map-take]').click()
  assert.equal(await box(page, 'Kamera').count(), 1)
  await page.locator('[data-map-undo]').click() // hers is not lost
  assert.equal(await box(page, 'Matter').count(), 1)
  await page.locator('[data-map-save]').click()
  await saved(page)
  assert.deepEqual(await stored(reader, path), ['tiltak: Matter', 'mål: Trygg natt'])
  assert.deepEqual([...reader.faults, ...other.faults], [])
  await other.close()
  await reader.close()
})

test('what could not be saved stays, says why, and is saved later', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  const path = await newMap(reader, 'Uten nett')
  await page.locator('[data-kind="goal"] [data-map-add]').click()
  await page.locator('[data-map-save]').click()
  await page.locator('[data-map-faults]').waitFor()
  assert.match(await page.locator('[data-map-faults]').innerText(), /mangler tekst/)
  await page.route('**/benefit-maps/**', (route) => route.abort())
  await page.locator('[data-map-text]').fill('Trygg natt')
  await page.locator('[data-map-save]').click()
  await until('it to say so', () => page.locator('[data-map-state][data-state="offline"]').count())
  assert.equal(await box(page, 'Trygg natt').count(), 1)
  await page.unroute('**/benefit-maps/**')
  await page.locator('[data-map-save]').click()
  await saved(page)
  assert.deepEqual(await stored(reader, path), ['mål: Trygg natt'])
  await reader.close()
})
