// Many measurements at once, as somebody pastes them out of a spreadsheet: looked at, saved, undone. Ten thousand rows are refused beside the field, and nothing she pasted is lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, running } from './helhet.mjs'

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const coordinator = 'p-demo-coordinator-3909'
const title = 'Færre nattlige tilsyn i hjemmetjenesten'
const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)

/** pasted pastes a text from the clipboard. (Chromium's own insertText takes minutes for ten thousand rows, with and without scripts; a paste half a second.) */
async function pasted(reader, text) {
  await reader.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await reader.page.evaluate((text) => navigator.clipboard.writeText(text), text)
  await reader.page.locator('#rows').focus()
  await reader.page.keyboard.press('Control+V')
}

test('rows are pasted, looked at, saved and undone', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  await reader.open('/benefits/import')
  await pasted(reader, `Gevinst\tDato\tVerdi\tLavest\tHøyest\tGjelder\n${title}\t${day(3)}\t27,5\t26\t29\t18\n${title}\t${day(2)}\t26\t\t\t18`)
  await page.locator('form:has(#rows) button[type=submit]').click()
  await page.waitForURL('**/benefits/import')
  assert.match(await page.locator('h1').innerText(), /Dette blir lagret/)
  const rows = page.locator('#lines ~ .hh-scroll tbody tr')
  assert.equal(await rows.count(), 2)
  assert.match(await rows.first().innerText(), /27,5 timer/)
  assert.equal(await page.locator('.hh-errors').count(), 0)
  await page.getByRole('button', { name: 'Lagre målingene' }).click()
  await page.locator('#saved').waitFor()
  assert.match(await page.locator('#saved h2').innerText(), /2 målinger/)
  const address = await page.locator('#saved ul a').first().getAttribute('href')
  await page.getByRole('button', { name: 'Angre alt' }).click()
  await page.locator('#undone').waitFor()
  assert.match(await page.locator('#undone').innerText(), /2 målinger/)
  await reader.open(address)
  assert.doesNotMatch(await page.locator('main').innerText(), /Målt til 26 timer/)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('a row that can not be read is named, and what was pasted stands to be put right', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  await reader.open('/benefits/import')
  const text = `Gevinst\tDato\tVerdi\n${title}\t${day(3)}\tmange`
  await pasted(reader, text)
  await page.locator('form:has(#rows) button[type=submit]').click()
  await page.locator('#rows-error').waitFor()
  assert.equal((await page.locator('#rows').inputValue()).trim(), text)
  assert.equal(await page.locator('#rows').getAttribute('aria-describedby'), 'rows-help rows-error')
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('ten thousand rows are refused beside the field, and all of them are still there', async () => {
  const reader = await Reader.at(browser, helhet, coordinator)
  const { page } = reader
  await reader.open('/benefits/import')
  const text = ['Gevinst\tDato\tVerdi', ...Array.from({ length: 10_000 }, (_, n) => `${title}\t${day(1 + (n % 300))}\t${20 + (n % 9)}`)].join('\n')
  await pasted(reader, text)
  assert.equal((await page.locator('#rows').inputValue()).length, text.length)
  await page.locator('form:has(#rows) button[type=submit]').click()
  await page.locator('#rows-error').waitFor()
  assert.match(await page.locator('#rows-error').innerText(), /2\s?000/)
  assert.equal(await page.locator('#rows').getAttribute('aria-invalid'), 'true')
  assert.equal((await page.locator('#rows').inputValue()).trimEnd(), text)
  assert.equal(await page.locator('#saved').count(), 0)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})
