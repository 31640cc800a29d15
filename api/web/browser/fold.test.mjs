// A task's page is short on a phone: what isn't needed now is folded and says its state, and opens when somebody is led to it or must see it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, desk, phone, running, unfold, until } from './helhet.mjs'

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const finn = 'p-demo-contributor-3909'
const form = (page, key) => page.locator(`[id="${key}"]`)
const fold = (page, key) => page.locator('details', { has: form(page, key) }).last()
const summary = (page, key) => fold(page, key).locator('> summary')
const open = (page, key) => fold(page, key).evaluate((details) => details.open)
const shown = (locator) => locator.evaluate((element) => element.checkVisibility())
const opened = (page) => page.locator('.hh-fold[open]').evaluateAll((all) => all.map((details) => details.querySelector('.hh-question, .hh-fold__body, .hh-backing')?.id))

// How high a page may be at 390 px. What is added to a task's page is folded, or it is as long as before.
const most = { unanswered: 5500, answered: 4000 }
for (const language of ['nb', 'nn', 'en']) {
  test(`the page is no longer than it may be, ${language}`, async () => {
    for (const [person, path, at] of [
      ['p-demo-coordinator-3909', '/tasks/lager', most.unanswered],
      ['p-demo-coordinator-4001', '/tasks/lager', most.unanswered], // taken along, not confirmed
      [finn, '/tasks/lager', most.unanswered],
      ['p-demo-coordinator-3909', '/tasks/henvise', most.answered],
      ['p-demo-leader-3909', '/tasks/henvise', most.answered],
    ]) {
      const reader = await Reader.at(browser, helhet, person, { viewport: phone, language })
      await reader.open(path)
      const height = await reader.page.evaluate(() => document.documentElement.scrollHeight)
      assert.ok(height <= at, `${path} for ${person} is ${height} px high, more than ${at}`)
      assert.deepEqual(await reader.page.locator('main summary:visible').evaluateAll((all) => all.map((s) => Math.round(s.getBoundingClientRect().height)).filter((h) => h < 44)), [], `${path}: too low for a finger`)
      assert.deepEqual(reader.faults, [])
      await reader.close()
    }
  })
}

// What each person meets first, on a phone: what waits for her, and one line for each area or list that she may want. About a
// fifth more than was measured: the fonts are the machine's own.
const first = { model: 4200, plan: 3500, assignments: 4000, indicators: 2300 }
for (const language of ['nb', 'nn', 'en']) {
  test(`the pages that people meet first are no longer than they may be, ${language}`, async () => {
    for (const [person, paths] of [
      [finn, { '/': first.model, '/plan': first.plan, '/plan?mine=yes': first.plan, '/assignments?mine=yes': first.assignments }],
      ['p-demo-coordinator-3909', { '/': first.model, '/plan': first.plan, '/plan?status=done': first.plan, '/assignments': first.assignments, '/benefits/indicators': first.indicators }],
      ['p-demo-coordinator-4016', { '/': first.model }], // rates, has steps, benefits that differ, and much that moved
      ['p-demo-coordinator-4001', { '/': first.model }],
      ['p-demo-leader-4032', { '/': first.model, '/plan': first.plan }],
      ['p-demo-lead', { '/': first.model }],
    ]) {
      const reader = await Reader.at(browser, helhet, person, { viewport: phone, language })
      for (const [path, at] of Object.entries(paths)) {
        await reader.open(path)
        const height = await reader.page.evaluate(() => document.documentElement.scrollHeight)
        assert.ok(height <= at, `${path} for ${person} is ${height} px high, more than ${at}`)
        assert.deepEqual(await reader.page.locator('main summary:visible').evaluateAll((all) => all.map((s) => Math.round(s.getBoundingClientRect().height)).filter((h) => h < 44)), [], `${path}: too low for a finger`)
      }
      assert.deepEqual(reader.faults, [])
      await reader.close()
    }
  })
}

test('on a phone the menu says where one is, and has all there is to go to', async () => {
  const reader = await Reader.at(browser, helhet, 'p-demo-coordinator-3909', { viewport: phone, script: false })
  const { page } = reader
  await reader.open('/benefits')
  const menu = page.locator('.hh-nav')
  assert.match(await menu.locator('summary').innerText(), /Meny: Gevinster/)
  assert.equal(await menu.locator('a:visible').count(), 0)
  await menu.locator('summary').press('Enter')
  const reached = await menu.locator('a').evaluateAll((all) => all.filter((a) => a.getBoundingClientRect().right <= innerWidth && a.getBoundingClientRect().height >= 44).length)
  assert.equal(reached, await menu.locator('a').count())
  await menu.getByText('Folk', { exact: true }).click()
  await page.waitForURL(/\/people$/)
  await page.setViewportSize(desk)
  assert.equal(await menu.locator('a:visible').count(), reached)
  assert.equal(await menu.locator('summary:visible').count(), 0)
  await reader.close()
})

test('what is tucked away on a phone opens by tap, by key and by its address, and is not tucked away elsewhere', async () => {
  for (const script of [true, false]) {
    const reader = await Reader.at(browser, helhet, finn, { viewport: phone, script })
    const { page } = reader
    await reader.open('/')
    const area = page.locator('section.hh-area', { has: page.locator('#area-support') })
    const cards = area.locator('.hh-task')
    assert.equal(await page.locator('.hh-task:visible').count(), 0)
    assert.match(await area.locator('summary').innerText(), /2 oppgaver/)
    await area.locator('h2').click({ force: true }) // anywhere on it
    assert.equal(await area.locator('.hh-task:visible').count(), await cards.count())
    assert.equal(await page.locator('.hh-task:visible').count(), await cards.count(), 'and the others stay folded')
    await area.locator('summary').press('Enter')
    assert.equal(await area.locator('.hh-task:visible').count(), 0)
    await area.locator('summary').press('Space')
    await cards.first().locator('a').click()
    await page.waitForURL(/\/tasks\//)
    for (const [path, shows] of [['/#area-support', '#area-support .hh-task'], ['/plan#tasks', '#tasks table'], ['/assignments#task-henvise', '#task-henvise']]) {
      await page.goto('about:blank')
      await reader.open(path)
      await page.locator(shows).first().waitFor()
    }
    assert.deepEqual(reader.faults, [])
    await reader.close()
  }
  for (const viewport of [desk, { width: 700, height: 900 }]) {
    const reader = await Reader.at(browser, helhet, finn, { viewport, script: false })
    const { page } = reader
    await reader.open('/')
    assert.equal(await page.locator('.hh-task:visible').count(), 24)
    await reader.open('/plan')
    assert.ok(await page.locator('#tasks table').isVisible() && await page.locator('#status').isVisible())
    await reader.open('/assignments')
    assert.equal(await page.locator('.hh-given:visible').count(), 24)
    assert.equal(await page.locator('.hh-tuck > summary:visible').count(), 0)
    await reader.close()
  }
  const reader = await Reader.at(browser, helhet, finn, { viewport: phone })
  await reader.open('/')
  await reader.page.emulateMedia({ media: 'print' })
  assert.equal(await reader.page.locator('.hh-task:visible').count(), 24, 'on paper')
  await reader.close()
})

test('a folded question says what is answered, and opens by tap, by key and by its address', async () => {
  const reader = await Reader.at(browser, helhet, finn, { viewport: phone })
  const { page } = reader
  await reader.open('/tasks/henvise')
  assert.deepEqual((await opened(page)).filter((id) => id.startsWith('henvise')), [], 'all is answered')
  const key = 'henvise.praksis'
  const level = await form(page, key).locator('input[name="level"]:checked').inputValue()
  assert.match(await summary(page, key).innerText(), new RegExp(`\\b${level}\\b`))
  assert.equal(await shown(form(page, key)), false)
  await summary(page, key).click()
  assert.ok(await shown(form(page, key)))
  await summary(page, key).press('Enter')
  assert.equal(await open(page, key), false)
  await summary(page, key).press('Space')
  assert.ok(await open(page, key))
  await form(page, key).locator('input[name="level"][value="1"]').check()
  assert.match(await summary(page, key).innerText(), /\b1\s+Tilfeldig/) // it says what the form says
  await form(page, key).locator(`input[name="level"][value="${level}"]`).check()
  await until('it to be saved', async () => (await form(page, key).locator('[data-save-state]').getAttribute('data-state')) === 'saved')

  for (const target of ['henvise.forbedring', 'henvise.praksis-evidence', 'comments', 'steps', 'plan', 'organisation']) {
    await page.goto('about:blank')
    await reader.open(`/tasks/henvise#${target}`)
    assert.ok(await shown(form(page, target)), `#${target} opens`)
  }
  // A link on the page does too, and again when it was folded since.
  await reader.open('/tasks/henvise')
  await page.evaluate(() => document.querySelector('main').insertAdjacentHTML('afterbegin', '<a id="leads" href="#henvise.ansvar">there</a>'))
  for (let i = 0; i < 2; i++) {
    await page.locator('#leads').click()
    assert.ok(await open(page, 'henvise.ansvar'))
    await summary(page, 'henvise.ansvar').click()
  }
  const all = page.locator('[data-folds]')
  await all.click()
  for (const q of ['ansvar', 'praksis', 'samhandling', 'forbedring']) assert.ok(await open(page, `henvise.${q}`))
  await all.click()
  assert.equal(await page.locator('.hh-fold--question[open]').count(), 0)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('the first unanswered question is open, and each leads to the next', async () => {
  const reader = await Reader.at(browser, helhet, finn, { viewport: phone })
  const { page } = reader
  await reader.open('/tasks/systemdrift')
  assert.deepEqual((await opened(page)).filter((id) => id.startsWith('systemdrift')), ['systemdrift.ansvar'])
  assert.match(await summary(page, 'systemdrift.ansvar').innerText(), /Ikke besvart/)
  await form(page, 'systemdrift.ansvar').locator('input[name="level"][value="2"]').check()
  assert.doesNotMatch(await summary(page, 'systemdrift.ansvar').innerText(), /Ikke besvart/)
  await form(page, 'systemdrift.ansvar').locator('[data-fold-next]').click()
  assert.deepEqual([await open(page, 'systemdrift.ansvar'), await open(page, 'systemdrift.praksis')], [false, true])
  assert.ok(await summary(page, 'systemdrift.praksis').evaluate((s) => s === document.activeElement), 'the keyboard is on the next')
  // What she wrote is on its way and holds nobody up, whether it has left or not.
  await form(page, 'systemdrift.praksis').locator('input[name="level"][value="2"]').check()
  await form(page, 'systemdrift.praksis').locator('textarea').fill('Vi bytter på å ha vakt')
  await form(page, 'systemdrift.praksis').locator('[data-fold-next]').click()
  assert.deepEqual([await open(page, 'systemdrift.praksis'), await open(page, 'systemdrift.samhandling')], [false, true])
  await until('both to be saved', async () => (await page.locator('.hh-question [data-save-state][data-state="saved"]').count()) >= 2)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('what is wrong opens the question it is in, and what is not saved is told on the closed one', async () => {
  const reader = await Reader.at(browser, helhet, finn, { viewport: phone })
  const { page } = reader
  await reader.open('/tasks/avtaler')
  const key = 'avtaler.ansvar'
  let answer
  const folded = new Promise((resolve) => (answer = resolve))
  await page.route('**/answers/**', async (route) => {
    await folded
    await route.continue()
  })
  await form(page, key).locator('textarea').fill('Spør 119170 10074') // made for testing: nobody's
  await summary(page, key).click()
  assert.equal(await open(page, key), false)
  answer() // the server refuses it after she has folded it
  await until('the question to open', () => open(page, key))
  assert.ok(await form(page, key).locator('[data-error="note"]').isVisible())
  await page.unroute('**/answers/**')

  // The network is gone: the closed one says so, and after a reload it is open with what she wrote.
  await page.route('**/answers/**', (route) => route.abort())
  const other = 'avtaler.samhandling'
  await unfold(form(page, other))
  await form(page, other).locator('textarea').fill('Skrevet uten nett.')
  await summary(page, other).click()
  await until('the closed one to say that it is not saved', () => summary(page, other).locator('.hh-fold__unsaved').isVisible())
  await reader.open('/tasks/avtaler')
  assert.ok(await open(page, other))
  assert.equal(await form(page, other).locator('textarea').inputValue(), 'Skrevet uten nett.')
  await page.unroute('**/answers/**')

  // What is sent by a button is kept in a closed fold, which says so.
  await summary(page, 'comments').click()
  const comment = form(page, 'comments').locator('textarea').last()
  await comment.fill('Ikke sendt ennå')
  await summary(page, 'comments').click()
  await summary(page, 'comments').locator('.hh-fold__unsaved').waitFor()
  await summary(page, 'comments').click()
  assert.equal(await comment.inputValue(), 'Ikke sendt ennå')
  await comment.fill('')
  await summary(page, 'comments').click()
  await summary(page, 'comments').locator('.hh-fold__unsaved').waitFor({ state: 'hidden' })
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('on paper everything is open', async () => {
  const reader = await Reader.at(browser, helhet, 'p-demo-leader-3909')
  const { page } = reader
  await reader.open('/tasks/henvise')
  const hidden = () => page.locator('.hh-fold').evaluateAll((all) => all.filter((d) => !d.querySelector(':scope > :not(summary)').checkVisibility()).length)
  assert.ok((await hidden()) > 5)
  await page.emulateMedia({ media: 'print' })
  assert.equal(await hidden(), 0, 'by the style sheet')
  await page.emulateMedia({ media: 'screen' })
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
  assert.equal(await hidden(), 0, 'and by the script, where a browser can not style it')
  await page.evaluate(() => dispatchEvent(new Event('afterprint')))
  assert.ok((await hidden()) > 5)
  await reader.close()
})

test('without scripts everything can be reached, and a fault opens what it is in', async () => {
  const reader = await Reader.at(browser, helhet, finn, { viewport: phone, script: false })
  const { page } = reader
  await reader.open('/tasks/endringer')
  assert.equal(await page.locator('[data-js]:visible').count(), 0)
  for (const key of ['praksis', 'samhandling', 'forbedring']) {
    await summary(page, `endringer.${key}`).click()
    assert.ok(await form(page, `endringer.${key}`).locator('button[type="submit"]').isVisible())
  }
  for (const id of ['comments', 'steps', 'plan', 'evidence']) {
    await unfold(form(page, id))
    assert.ok(await shown(form(page, id)), id)
  }
  const last = form(page, 'endringer.forbedring')
  await last.locator('input[name="level"][value="na"]').check()
  await last.locator('textarea').fill('Blir stående.')
  await last.locator('button[type="submit"]').click()
  assert.ok(await open(page, 'endringer.forbedring'))
  assert.ok(await last.locator('[data-error="notApplicableReason"]').isVisible())
  assert.equal(await last.locator('textarea').inputValue(), 'Blir stående.')
  await last.locator('input[name="level"][value="3"]').check()
  await last.locator('button[type="submit"]').click()
  assert.match(page.url(), /#endringer\.forbedring$/)
  assert.ok(await open(page, 'endringer.forbedring'), 'the browser opens what it was led to')
  assert.match(await summary(page, 'endringer.forbedring').innerText(), /\b3\s+Etablert/)
  await reader.close()
})
