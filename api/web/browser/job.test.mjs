// The whole job, as its people do it: choose a person, answer, lose the server and get it back, hand in, close and publish as
// regional lead, read the trend.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, browse, phone, running, unfold, until } from './helhet.mjs'

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const question = (page, key) => page.locator(`form[data-key="${key}"]`)
const state = (form) => form.locator('[data-save-state]').getAttribute('data-state')
const saved = (form) => until('the answer to be saved', async () => (await state(form)) === 'saved')

test('answers are saved as one goes, and survive the server', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909')
  const { page } = finn
  await finn.open('/tasks/lager')
  const first = question(page, 'lager.ansvar')
  await first.locator('input[name="level"][value="3"]').check()
  await saved(first)
  assert.match(await first.locator('[data-save-state]').innerText(), /^lagret \d\d:\d\d$/)

  // The server dies while she writes; what she writes meanwhile is kept, also through a reload of nothing but the browser's memory.
  await helhet.down()
  const second = question(page, 'lager.praksis')
  await unfold(second)
  await second.locator('input[name="level"][value="2"]').check()
  await second.locator('textarea').fill('Vi teller utstyret to ganger i året.')
  await until('the page to say that it is not saved', async () => (await state(second)) === 'offline')
  assert.match(await second.locator('[data-save-state]').innerText(), /Ikke lagret/)
  await helhet.up()
  await saved(second)

  await finn.open('/tasks/lager')
  assert.ok(await question(page, 'lager.ansvar').locator('input[value="3"]').isChecked())
  assert.ok(await question(page, 'lager.praksis').locator('input[value="2"]').isChecked())
  assert.equal(await question(page, 'lager.praksis').locator('textarea').inputValue(), 'Vi teller utstyret to ganger i året.')
  assert.deepEqual(finn.faults, [])
  await finn.close()
})

test('a save lost with the server is sent from the next page she opens', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909')
  await finn.open('/tasks/systemdrift')
  await helhet.down()
  const form = question(finn.page, 'systemdrift.ansvar')
  await form.locator('input[name="level"][value="4"]').check()
  await until('the page to say that it is not saved', async () => (await state(form)) === 'offline')
  await helhet.up()
  await finn.open('/')
  await until('the home page to have nothing unsent', async () => (await finn.page.locator('[data-unsent]').isHidden()))
  await until('the answer to be there', async () => {
    await finn.open('/tasks/systemdrift')
    return question(finn.page, 'systemdrift.ansvar').locator('input[value="4"]').isChecked()
  })
  await finn.close()
})

test('the step further follows the choice, and what is suggested comes with the last answer', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909')
  const { page } = finn
  await finn.open('/tasks/avtaler')
  const first = question(page, 'avtaler.ansvar')
  const shown = () => first.locator('.hh-further').evaluateAll((all) => all.filter((e) => getComputedStyle(e).display !== 'none').map((e) => e.dataset.step).join())
  for (const [level, step] of [[0, '1'], [2, '1'], [3, '3'], [4, '3'], [5, '']]) {
    await first.locator(`input[name="level"][value="${level}"]`).check()
    assert.equal(await shown(), step, `the step further from level ${level}`)
  }
  await saved(first)
  for (const id of ['avtaler.praksis', 'avtaler.samhandling', 'avtaler.forbedring']) {
    assert.equal(await page.locator('[data-placing]').count(), 0, `nothing is suggested before ${id}`)
    await unfold(question(page, id))
    await question(page, id).locator('input[name="level"][value="5"]').check()
    await saved(question(page, id))
  }
  await page.locator('[data-placing="above"]').waitFor()
  await first.locator('input[name="level"][value="0"]').check()
  await page.locator('[data-placing="within"]').waitFor()
  assert.deepEqual(finn.faults, [])
  await finn.close()
})
test('two who answer the same question both see it, and choose', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909')
  const kristin = await Reader.at(browser, helhet, 'p-demo-coordinator-3909')
  for (const r of [finn, kristin]) await r.open('/tasks/tilganger')
  // Each sees that the other has it open, as soon as the page says so the next time; and no more once it is closed.
  const others = (reader) => reader.page.locator('[data-presence]')
  const lookAgain = (reader) => reader.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  const sees = (reader, what) => until(what, async () => (await lookAgain(reader), (await others(reader).isVisible()) === (what !== 'nobody')))
  await sees(finn, 'that she has it open')
  assert.match(await others(finn).innerText(), /Kristin .*har oppgaven åpen nå/)
  assert.match(await finn.page.locator('[data-presence-heard]').innerText(), /Kristin/)
  await sees(kristin, 'that he has it open')
  await kristin.open('/')
  await sees(finn, 'nobody')
  await kristin.open('/tasks/tilganger')

  const his = question(finn.page, 'tilganger.ansvar')
  const hers = question(kristin.page, 'tilganger.ansvar')
  await his.locator('input[name="level"][value="1"]').check()
  await saved(his)
  await hers.locator('input[name="level"][value="5"]').check()
  await until('the conflict to be shown', async () => (await state(hers)) === 'conflict')
  await hers.locator('[data-keep]').click()
  await saved(hers)
  await finn.open('/tasks/tilganger')
  assert.ok(await question(finn.page, 'tilganger.ansvar').locator('input[value="5"]').isChecked())
  // Disjoint answers never meet.
  await unfold(question(finn.page, 'tilganger.praksis'))
  await unfold(question(kristin.page, 'tilganger.samhandling'))
  await question(finn.page, 'tilganger.praksis').locator('input[name="level"][value="2"]').check()
  await question(kristin.page, 'tilganger.samhandling').locator('input[name="level"][value="3"]').check()
  await saved(question(finn.page, 'tilganger.praksis'))
  await saved(question(kristin.page, 'tilganger.samhandling'))
  await finn.close()
  await kristin.close()
})

test('in two browsers, one of them offline meanwhile, nothing is lost and nobody overwrites the other unseen', async () => {
  const elsewhere = await browse()
  try {
    const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909', { viewport: phone })
    const kristin = await Reader.at(elsewhere, helhet, 'p-demo-coordinator-3909')
    for (const r of [finn, kristin]) await r.open('/tasks/endringer')
    const his = (key) => question(finn.page, `endringer.${key}`)
    const hers = (key) => question(kristin.page, `endringer.${key}`)
    const level = (form, n) => form.locator(`input[name="level"][value="${n}"]`)

    await finn.context.setOffline(true)
    await level(his('ansvar'), 2).check()
    await unfold(his('praksis'))
    await level(his('praksis'), 1).check()
    await his('praksis').locator('textarea').fill('Skrevet uten nett.')
    for (const key of ['ansvar', 'praksis']) await until('his page to say that it is not saved', async () => ['offline', 'waiting'].includes(await state(his(key))))
    for (const key of ['praksis', 'forbedring']) await unfold(hers(key))
    await level(hers('praksis'), 4).check() // the one he answers too
    await level(hers('forbedring'), 5).check()
    for (const key of ['praksis', 'forbedring']) await saved(hers(key))

    await finn.context.setOffline(false)
    await saved(his('ansvar')) // without a touch of hers
    await until('the answer both gave to be shown to him', async () => (await state(his('praksis'))) === 'conflict')
    const shown = await his('praksis').locator('[data-conflict]').innerText()
    assert.match(shown, /4/) // hers beside what he typed, which is still there
    assert.equal(await his('praksis').locator('textarea').inputValue(), 'Skrevet uten nett.')
    await kristin.open('/tasks/endringer')
    assert.ok(await level(hers('praksis'), 4).isChecked()) // and stands until he has chosen
    assert.ok(await level(hers('ansvar'), 2).isChecked())
    await his('praksis').locator('[data-keep]').click()
    await saved(his('praksis'))

    for (const r of [finn, kristin]) await r.open('/tasks/endringer')
    for (const answer of [his, hers]) {
      assert.ok(await level(answer('ansvar'), 2).isChecked())
      assert.ok(await level(answer('praksis'), 1).isChecked())
      assert.equal(await answer('praksis').locator('textarea').inputValue(), 'Skrevet uten nett.')
      assert.ok(await level(answer('forbedring'), 5).isChecked())
    }
    for (const r of [finn, kristin]) {
      assert.deepEqual(r.faults, [])
      await r.close()
    }
  } finally {
    await elsewhere.close()
  }
})

test('a task that is not relevant folds its questions away, and brings them back', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909')
  const { page } = finn
  await finn.open('/tasks/lager')
  const form = page.locator('form[data-key="organisation.lager"]')
  await unfold(form)
  await form.locator('input[value="not-relevant"]').check()
  await form.locator('input[name="reason"]').fill('Leverandøren har lageret.')
  await until('the questions to be folded away', async () => (await page.locator('form[data-autosave="answer"]').count()) === 0)
  await page.locator('form[data-key="organisation.lager"] input[value="organised"]').check()
  await until('the questions to come back', async () => (await page.locator('form[data-autosave="answer"]').count()) === 4)
  assert.ok(await question(page, 'lager.ansvar').locator('input[value="3"]').isChecked())
  assert.deepEqual(finn.faults, [])
  await finn.close()
})

test('last round\'s answers are confirmed by one click for those that are left, and one by one', async () => {
  const kare = await Reader.at(browser, helhet, 'p-demo-coordinator-4001') // Porsgrunn has taken them along
  const { page } = kare
  await kare.open('/tasks/lager')
  const waiting = () => page.locator('form[data-carried]').count()
  const button = page.locator('[data-carried-box] form button')
  assert.equal(await waiting(), 4)
  const first = question(page, 'lager.ansvar')
  const before = await first.locator('input[name="level"]:checked').inputValue()
  assert.ok(!(await page.locator('#reason').isVisible()), 'nothing has changed yet')
  await first.locator(`input[name="level"][value="${before === '5' ? 1 : 5}"]`).check()
  await saved(first)
  assert.ok(await first.locator('select[name="changeReason"]').isVisible())
  const sent = []
  page.on('request', (request) => request.method() === 'PUT' && new URL(request.url()).pathname.endsWith('/reason') && sent.push(request.postData()))
  await page.locator('#reason label', { has: page.locator('input[value="new-insight"]') }).click()
  await saved(page.locator('#reason'))
  await unfold(question(page, 'lager.praksis'))
  await question(page, 'lager.praksis').locator('button[data-unconfirmed]').click()
  await until('the answer to be confirmed', async () => (await waiting()) === 2)
  assert.match(await button.innerText(), /2/)
  assert.ok(await page.evaluate(() => document.activeElement?.closest('form')?.id === 'lager.praksis'), 'the keyboard is where it was')
  await button.click()
  await page.locator('form[action*="/unconfirm"]').waitFor()
  assert.equal(await waiting(), 0)
  await page.locator('form[action*="/unconfirm"] button').click()
  await until('them to wait again', async () => (await waiting()) === 3)
  await unfold(first)
  await first.locator('input[name="level"][value="na"]').check()
  await first.locator('select[name="notApplicableReason"]').selectOption('not-in-use')
  await saved(first)
  assert.equal(sent.length, 1, 'one click on a reason is one save')
  await kare.open('/tasks/lager')
  assert.equal(await first.locator('select[name="notApplicableReason"]').inputValue(), 'not-in-use')
  assert.deepEqual(kare.faults, [])
  await kare.close()
})

test('without scripts an answer is saved by its button, and a fault keeps what was typed', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909', { script: false })
  const { page } = finn
  await finn.open('/tasks/portefolje')
  const form = () => page.locator('form[id="portefolje.ansvar"]')
  await form().locator('input[name="level"][value="na"]').check()
  await form().locator('textarea').fill('Står i årshjulet.')
  await form().locator('button[type="submit"]').click()
  assert.equal(await form().locator('textarea').inputValue(), 'Står i årshjulet.')
  assert.ok(await form().locator('[data-error="notApplicableReason"]').isVisible())
  await form().locator('input[name="level"][value="3"]').check()
  await form().locator('button[type="submit"]').click()
  assert.ok(await form().locator('input[name="level"][value="3"]').isChecked())
  assert.match(await form().locator('[data-save-state]').innerText(), /lagret/)
  await finn.close()
})

test('without scripts a form that meets no session is kept, and sent again', async () => {
  const finn = await Reader.at(browser, helhet, 'p-demo-contributor-3909', { script: false })
  const { page, context } = finn
  await finn.open('/tasks/portefolje')
  const form = () => page.locator('form[id="portefolje.praksis"]')
  await unfold(form())
  await form().locator('input[name="level"][value="2"]').check()
  await form().locator('textarea').fill('Skrevet rett før økten gikk ut.')
  const session = (await context.cookies()).filter((c) => c.name.endsWith('helhet_session'))
  assert.equal(session.length, 1)
  await context.clearCookies({ name: session[0].name })
  await form().locator('button[type="submit"]').click()
  assert.match(await page.locator('main').innerText(), /ikke lenger logget inn/)
  await context.addCookies(session)
  await page.locator('main form button').click()
  await page.waitForURL((url) => url.pathname === '/tasks/portefolje')
  assert.equal(await form().locator('textarea').inputValue(), 'Skrevet rett før økten gikk ut.')
  assert.ok(await form().locator('input[name="level"][value="2"]').isChecked())
  await finn.close()
})

test('hand in, close, publish, and read the trend', async () => {
  const kristin = await Reader.at(browser, helhet, 'p-demo-coordinator-3909')
  await kristin.open('/hand-in')
  await kristin.page.locator('input[name="confirm"]').check()
  await kristin.page.locator('form[action^="/hand-in?"] button').click()
  await kristin.page.locator('form[action^="/hand-in/take-back"]').waitFor()
  await kristin.open('/tasks/lager')
  assert.equal(await kristin.page.locator('form[data-autosave]').count(), 0, 'read-only once handed in')

  const rita = await Reader.at(browser, helhet, 'p-demo-lead')
  const { page } = rita
  await rita.open('/rounds')
  await page.locator('main a[href^="/rounds/vestfold-telemark"]').first().click()
  const round = new URL(page.url()).pathname
  for (const step of ['close', 'publish']) {
    await page.locator(`main a[href^="${round}?confirm=${step}"]`).click()
    await page.locator(`form[action="${round}/${step}"] button`).click()
    await page.waitForURL((url) => url.pathname === round && !url.search.includes('confirm'))
  }
  await rita.open('/regions/vestfold-telemark/trend')
  await page.locator('[data-chart-canvas] :is(canvas, svg)').first().waitFor()
  const table = page.locator('figure[data-chart] table')
  await page.locator('figure[data-chart] details').first().evaluate((d) => (d.open = true))
  const head = await table.first().locator('thead').innerText()
  assert.match(head, /Høst|Vår/)
  assert.equal(await table.first().locator('thead th').count() >= 7, true, `six rounds and a name: ${head}`)
  assert.match(await table.first().innerText(), /Larvik/)
  assert.deepEqual(rita.faults, [])
  await rita.close()
  await kristin.close()
})
