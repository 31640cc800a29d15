// A person's own page, the warning before the session ends, the box that saves a text which seems to hold a fødselsnummer, and a page
// left open on a shared computer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, running, unfold, until } from './helhet.mjs'

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const kari = 'p-demo-contributor-3909'
const number = '119170 10074' // made for testing: nobody's

test('a text with a number in it is saved when she says so', async () => {
  const reader = await Reader.at(browser, helhet, kari)
  const { page } = reader
  await reader.open('/tasks/lager')
  const form = page.locator('form[data-autosave="answer"]').first()
  const box = form.locator('.hh-confirm-number')
  assert.equal(await box.isVisible(), false)
  await form.locator('textarea').fill(`Avtale ${number}`)
  await form.locator('textarea').blur()
  await box.waitFor()
  assert.match(await form.locator('[data-error="note"]').innerText(), /fødselsnummer/)
  await box.locator('input').check()
  await until('it to be saved', () => form.locator('[data-save-state][data-state="saved"]').count())
  assert.equal(await box.isVisible(), false)
  await reader.open('/tasks/lager')
  assert.equal(await page.locator('form[data-autosave="answer"] textarea').first().inputValue(), `Avtale ${number}`)
  assert.deepEqual(reader.faults, [])
  await reader.close()
})

test('what was written on a page left open is not saved by whoever signed in beside it, and waits for its writer', async () => {
  const reader = await Reader.at(browser, helhet, kari)
  const { page } = reader
  await reader.open('/tasks/henvise')
  const beside = await reader.context.newPage()
  const signIn = async (person) => {
    await beside.goto(`${helhet.base}/sign-in`)
    await beside.locator(`button[name="person"][value="${person}"]`).click()
    await beside.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  }
  await signIn('p-demo-coordinator-3909')
  const form = page.locator('form[data-autosave="answer"]').first()
  await unfold(form)
  await form.locator('textarea').fill('Karis egen merknad')
  await form.locator('textarea').blur()
  await until('it to be refused', () => form.locator('[data-save-state][data-state="signin"]').count())
  await beside.goto(`${helhet.base}/tasks/henvise`)
  assert.doesNotMatch(await beside.locator('main').innerHTML(), /Karis egen/)
  assert.equal(await beside.locator('[data-unsent]').isVisible(), false)
  await signIn(kari)
  const saved = await browser.newContext() // somebody who reads what the server has
  const colleague = await saved.newPage()
  await colleague.goto(helhet.demo)
  await colleague.locator('button[name="person"][value="p-demo-leader-3909"]').click()
  await until('it to be saved', async () => {
    await colleague.goto(`${helhet.base}/tasks/henvise`)
    return (await colleague.locator('main').innerText()).includes('Karis egen merknad')
  })
  await saved.close()
  await reader.close()
})

test('signing out warns of what is not saved, and leaves nothing of it in the browser', async () => {
  const reader = await Reader.at(browser, helhet, kari)
  const { page } = reader
  await reader.open('/tasks/lager')
  const unsent = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('helhet.unsent/')).length)
  await page.route('**/answers/**', (route) => route.abort()) // the network is gone for saving
  const text = page.locator('form[data-autosave="answer"] textarea').last()
  await unfold(text)
  await text.fill('Bare her')
  await text.blur()
  await until('it to wait in the browser', unsent)
  const asked = []
  let answer = 'dismiss'
  page.on('dialog', (dialog) => {
    asked.push(dialog.message())
    return dialog[answer]()
  })
  const signOut = page.locator('form[data-sign-out] button').first()
  await signOut.click()
  await until('the question', () => asked.length === 1)
  assert.match(asked[0], /lagret/)
  await page.goto(`${helhet.base}/tasks/lager`) // she stays, and has lost nothing
  assert.equal(await text.inputValue(), 'Bare her')
  answer = 'accept'
  await signOut.click()
  await page.waitForURL((url) => url.pathname === '/sign-in')
  assert.equal(asked.length, 2)
  assert.equal(await unsent(), 0)
  assert.equal((await page.goto(`${helhet.base}/account`)).url(), `${helhet.base}/sign-in?return=%2Faccount`)
  await reader.close()
})

test('the page warns before the session ends, and she stays', async () => {
  const reader = await Reader.at(browser, helhet, kari)
  const { page } = reader
  await page.clock.install()
  let left = 240
  await page.route('**/session', (route) => {
    if (route.request().method() === 'POST') left = 1800
    return route.fulfill({ json: { left, most: 5000 } })
  })
  await reader.open('/account')
  const box = page.locator('[data-session]')
  assert.equal(await box.isVisible(), false)
  await page.clock.runFor(26 * 60_000)
  await box.waitFor()
  assert.match(await box.innerText(), /4 min/)
  await box.locator('button').click()
  await box.waitFor({ state: 'hidden' })
  assert.deepEqual(reader.faults, [])
  await reader.close()
})
