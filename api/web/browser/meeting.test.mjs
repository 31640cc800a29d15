// A group that meets: one leads on her own screen, a colleague follows on a phone, and so does a screen on the wall that nobody is signed in on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, phone, running, until } from './helhet.mjs'

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const meeting = '/tasks/portefolje/consensus'
const shown = (reader) => reader.page.locator('.hh-meeting__shown')

test('what one leads the others see, without asking', async () => {
  const kari = await Reader.at(browser, helhet, 'p-demo-coordinator-4016')
  const frode = await Reader.at(browser, helhet, 'p-demo-contributor-4016', { viewport: phone })
  const wall = await Reader.at(browser, helhet, '')
  await kari.open(meeting)
  await kari.page.locator('#display summary').click()
  await kari.page.locator('#display form[action*="/consensus/display?"] button').click()
  const address = await kari.page.locator('.hh-secret').innerText()
  await wall.page.goto(address)
  assert.equal(new URL(wall.page.url()).pathname, '/display', 'the secret does not stay in the address')
  await frode.open(meeting)
  const followers = [frode, wall]
  const see = (what) => Promise.all(followers.map((f) => until(`the followers to see "${what}"`, async () => (await shown(f).innerText()).includes(what))))
  await see('Siden følger med av seg selv')

  await kari.page.locator('.hh-meeting__questions button').nth(2).click()
  const question = await kari.page.locator('.hh-sitting__question').innerText()
  await see(question)

  await kari.page.locator('.hh-settle input[name="level"][value="3"]').check()
  await kari.page.locator('#why').fill('Alle team gjør det samme nå.')
  await kari.page.locator('.hh-settle button[type="submit"]').click()
  await see('Alle team gjør det samme nå.')

  // What she has typed and not saved the button of another form does not take: she is asked, and may stay.
  await kari.page.locator('#why').fill('En setning som ikke er lagret ennå.')
  const asked = new Promise((is) => kari.page.once('dialog', (dialog) => dialog.dismiss().then(() => is(dialog.type()))))
  await kari.page.locator('.hh-meeting__questions button').nth(1).click({ noWaitAfter: true })
  assert.equal(await asked, 'beforeunload')
  assert.equal(await kari.page.locator('#why').inputValue(), 'En setning som ikke er lagret ennå.')
  await kari.page.locator('.hh-settle input[name="level"][value="4"]').check()
  await kari.page.locator('.hh-settle button[type="submit"]').click() // her own button asks nothing
  await see('En setning som ikke er lagret ennå.')

  // What the server refused came back on the page, and nothing else has it: she is asked too.
  const wrong = 'Ring 119170 10074 om dette' // made for testing: nobody's
  await kari.page.locator('#why').fill(wrong)
  await kari.page.locator('.hh-settle button[type="submit"]').click()
  await kari.page.locator('#why[aria-invalid="true"]').waitFor()
  const again = new Promise((is) => kari.page.once('dialog', (dialog) => dialog.dismiss().then(() => is(dialog.type()))))
  await kari.page.locator('.hh-meeting__questions button').nth(1).click({ noWaitAfter: true })
  assert.equal(await again, 'beforeunload')
  assert.equal(await kari.page.locator('#why').inputValue(), wrong)
  await kari.page.locator('#why').fill('')

  // A program that comes back finds those who follow.
  await helhet.down('SIGTERM')
  await helhet.up()
  await kari.page.locator('.hh-meeting__questions button').nth(0).click()
  await see(await kari.page.locator('.hh-sitting__question').innerText())
  for (const reader of [kari, ...followers]) {
    assert.deepEqual(reader.faults, [])
    await reader.close()
  }
})
