// Every page in a real browser: WCAG A and AA as axe-core sees it, nothing refused by the content security policy, no script
// error, nothing wider than the screen, no text missing; at phone and desktop width, light and dark, in all three languages.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { Helhet, Mailbox, Reader, desk, phone, running, until } from './helhet.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let helhet, browser
running((program, chromium) => {
  helhet = program
  browser = chromium
})

const region = '/regions/vestfold-telemark'

const pages = {
  'p-demo-contributor-3909': ['/', '/tasks/henvise', '/tasks/lager', '/assignments', '/assignments?mine=yes', '/plan', '/plan?mine=yes', '/plan?status=done', '/steps/new?task=henvise', 'a step', 'what was done to a step', 'a changed step', '/hand-in', '/form', region, `${region}?by=task`, `${region}/radar`, `${region}/trend`, `${region}/trend?task=henvise`, '/rounds', '/account', '/account/data', '/account/delete', '/glossary', '/calibration', '/calibration/fjordvik', '/no-such-page'],
  'p-demo-coordinator-3907': ['/', '/tasks/henvise', '/hand-in', '/people', '/people/p-demo-contributor-3907?confirm=deactivate', '/people/p-demo-contributor-3907?confirm=delete', '/account/delete', '/access-requests/demo-request'],
  'p-demo-coordinator-4001': ['/', '/tasks/lager', '/tasks/opplaering', '/hand-in'],
  'p-demo-leader-4001': ['/tasks/lager', '/hand-in'],
  'p-demo-coordinator-4034': ['/', '/assignments', '/assignments/as-before', '/plan', '/plan?status=removed'],
  'p-demo-coordinator-4016': ['/', '/tasks/konfigurasjon', '/tasks/konfigurasjon/rate', '/tasks/konfigurasjon/consensus', '/tasks/portefolje/consensus', '/tasks/endringer/consensus', 'a display'],
  'p-demo-leader-4032': ['/', '/tasks/gevinster', '/plan', '/hand-in', '/benefits', 'a benefit', `${region}/trend?area=support`],
  'p-demo-lead': ['/', region, `${region}/trend`, '/rounds', '/rounds/new', '/catalogues', '/catalogues/helhetlig-tjenestemodell-1/changes', `${region}/questions`, 'open round', 'published round', 'what was handed in', '/rounds/vestfold-telemark-var-2026/cards?area=support', '/people', '/runs'],
  'p-demo-admin': ['/', '/rounds', '/catalogues', '/questions', '/people', '/people/p-demo-lead', '/runs', '/audit', '/municipality'],
  'p-demo-auditor': ['/', '/audit'],
  'p-demo-reader': ['/regions', region, `${region}?by=task`, `${region}/radar`, `${region}/trend`],
  'p-demo-coordinator-3909': ['/assignments', 'what was done to an ambition', '/tasks/lager', '/audit', '/hand-in?round=vestfold-telemark-var-2026', 'a version', '/municipality', '/municipality?was=aggregate', '/benefits', '/benefits/import', '/benefits/import?undone=3', '/benefits/indicators', '/benefits/indicators/new', 'an indicator', '/benefits/totals', '/benefits/reports?status=measuring', '/benefits/reports/plan?language=nn', '/benefits/reports/realisation', '/benefits/portfolio', '/benefits/maturity', '/benefits/maturity?area=support&lag=18', '/benefits/assumptions', '/benefits/assumptions/new', '/benefits/new', '/benefits/effects/new', '/benefits?shelf=unexpected', 'a benefit', 'a benefit in its form', 'a benefit and its indicator in the form', '/benefits/maps', '/benefits/maps/new?example=yes', 'a map', 'a map on its board', 'a map as text'],
  '': ['/sign-in', '/sign-in/code', '/privacy', '/accessibility', '/glossary'],
}

/** addresses that only the running program knows. */
async function addressOf(reader, path) {
  if (path === 'a step') {
    await reader.open('/plan')
    return reader.page.locator('.hh-step h3 a').first().getAttribute('href')
  }
  if (path === 'what was done to a step' || path === 'a changed step') {
    const href = await addressOf(reader, 'a step')
    await reader.open(href)
    const what = reader.page.locator('#step-what')
    await what.fill(`${await what.inputValue()} Og si fra.`)
    await reader.page.locator('form:has(#step-what) button').click()
    await reader.page.waitForURL(/changed=/)
    return path === 'a changed step' ? href : reader.page.url().slice(reader.page.url().indexOf('/plan'))
  }
  if (path === 'what was done to an ambition') {
    await reader.open('/tasks/henvise')
    await reader.page.locator('details').evaluateAll((all) => all.forEach((d) => (d.open = true)))
    await reader.page.locator('#ambition').selectOption((await reader.page.locator('#ambition').inputValue()) === '4' ? '5' : '4')
    await reader.page.locator('form:has(#ambition) button').click()
    await reader.page.waitForURL(/ambition=set/)
    return reader.page.url().slice(reader.page.url().indexOf('/tasks/'))
  }
  if (path.startsWith('a benefit')) {
    await reader.open('/benefits?status=measuring')
    const href = await reader.page.locator('.hh-card a').first().getAttribute('href')
    return href + { 'a benefit': '', 'a benefit in its form': '?edit=use', 'a benefit and its indicator in the form': '?edit=measure' }[path]
  }
  if (path === 'an indicator') {
    await reader.open('/benefits/indicators')
    return reader.page.locator('.hh-card form a').first().getAttribute('href')
  }
  if (path.startsWith('a map')) {
    await reader.open('/benefits/maps')
    const href = await reader.page.locator('.hh-card a').first().getAttribute('href')
    return href + { 'a map': '', 'a map on its board': '?edit=map', 'a map as text': '?edit=text' }[path]
  }
  if (path === 'a display') {
    await reader.open('/tasks/portefolje/consensus')
    await reader.page.locator('#display summary').click()
    await reader.page.locator('#display form[action*="/consensus/display?"] button').click()
    return new URL(await reader.page.locator('.hh-secret').innerText()).pathname
  }
  if (path === 'a version') {
    await reader.open('/hand-in?round=vestfold-telemark-var-2026')
    return reader.page.locator('.hh-trail a').first().getAttribute('href')
  }
  if (path === 'what was handed in') {
    await reader.open(await addressOf(reader, 'published round'))
    return reader.page.locator('a[href*="/handed-in/"]').first().getAttribute('href')
  }
  if (!path.endsWith(' round')) return path
  await reader.open('/rounds')
  const links = await reader.page.locator('main a[href^="/rounds/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  const rounds = [...new Set(links.filter((href) => href !== '/rounds/new').map((href) => href.split('?')[0]))]
  assert.ok(rounds.length >= 2, `the list of rounds leads to them: ${links}`)
  return path === 'open round' ? rounds[0] : rounds.at(-1)
}

/** look opens a page and sees to what can be read off it. */
async function look(reader, path) {
  await reader.open(await addressOf(reader, path))
  await lookAt(reader, path)
}

async function lookAt({ page, faults }, path) {
  await page.waitForLoadState('load')
  if (await page.locator('[data-chart]').count()) await page.locator('[data-chart-canvas] :is(canvas, svg)').first().waitFor()
  // The tables behind a fold are read too.
  await page.locator('details').evaluateAll((all) => all.forEach((d) => (d.open = true)))
  assert.equal(await page.evaluate(() => document.body.innerText.match(/⟦.*?⟧/)?.[0] ?? ''), '', `${path}: a text is missing`)
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(width[0] <= width[1], `${path}: ${width[0]} px on a screen of ${width[1]}`)
  assert.deepEqual(faults, [], path)
}

// What holds is not told about, and no page has sound or film that would have to be fetched first: axe takes most of the time here.
const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations'], preload: false }

/** check has axe read a page besides. */
async function check(reader, path) {
  await reader.open(await addressOf(reader, path))
  await checkShown(reader, path)
}

/** checkShown checks the page that is open: what came back from a form has no address of its own. */
async function checkShown(reader, path) {
  await lookAt(reader, path)
  const { page } = reader
  await page.evaluate(axe)
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, rules), rules)
  const told = violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].target} ${v.nodes[0].failureSummary}`)
  assert.deepEqual(told, [], path)
  assert.deepEqual(reader.faults, [], path)
}

const settings = [
  { viewport: desk, scheme: 'light', language: 'nb' },
  { viewport: phone, scheme: 'dark', language: 'nn' },
]
// Two people at a time, since a page keeps one processor busy. Who has most to see begins, so that both end together.
describe('each page', { concurrency: 2 }, () => {
  const people = Object.entries(pages).toSorted(([, one], [, other]) => other.length - one.length)
  for (const setting of settings) {
    for (const [person, paths] of people) {
      test(`${person || 'nobody'} at ${setting.viewport.width} px, ${setting.scheme}, ${setting.language}`, async () => {
        const reader = await Reader.at(browser, helhet, person, setting)
        for (const path of paths) await check(reader, path)
        await reader.close()
      })
    }
  }

  // The same page as on a desk, seen by axe there already: here it is to be as narrow, and said in English.
  test('the narrowest screen, in English', async () => {
    const reader = await Reader.at(browser, helhet, 'p-demo-lead', { viewport: { width: 320, height: 640 }, language: 'en' })
    for (const path of pages['p-demo-lead']) await look(reader, path)
    await reader.close()
  })
})

test('a leader is asked to approve, returns it, and approves it', async () => {
  const at = { viewport: phone, language: 'nb' }
  const coordinator = await Reader.at(browser, helhet, 'p-demo-coordinator-4001', at)
  const leader = await Reader.at(browser, helhet, 'p-demo-leader-4001', at)
  const handIn = async () => {
    await coordinator.open('/hand-in')
    await coordinator.page.locator('input[name="confirm"]').check()
    await coordinator.page.locator('form[action^="/hand-in?"] button').click()
    await coordinator.page.locator('#waits').waitFor()
  }
  await coordinator.open('/municipality')
  await coordinator.page.locator('form[action="/municipality/approval"] button').click()
  await check(coordinator, '/municipality')
  await handIn()
  await check(coordinator, '/hand-in')
  await check(leader, '/')
  await check(leader, '/hand-in')
  await leader.page.locator('form[action^="/hand-in/return"] button').click()
  await leader.page.locator('#message-error').waitFor()
  await leader.page.locator('#message').fill('Se på support en gang til.')
  await leader.page.locator('form[action^="/hand-in/return"] button').click()
  await leader.page.locator('#returned').waitFor()
  await check(coordinator, '/hand-in')
  await handIn()
  await leader.open('/hand-in')
  await leader.page.locator('form[action^="/hand-in/approve"] input[name="confirm"]').check()
  await leader.page.locator('form[action^="/hand-in/approve"] button').click()
  await leader.page.locator('#receipt').waitFor()
  await check(leader, '/hand-in')
  await coordinator.close()
  await leader.close()
})

test('somebody gives another e-mail address, and confirms it from the mail', async () => {
  const mailbox = await Mailbox.open()
  const posting = await Helhet.start({ HELHET_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}?tls=none`, HELHET_MAIL_FROM: 'helhet@example.org', HELHET_PUBLIC_URL: 'http://127.0.0.1:1' })
  try {
    const reader = await Reader.at(browser, posting, 'p-demo-contributor-3909', { viewport: phone, language: 'nn' })
    await check(reader, '/account/data')
    await reader.page.locator('form[action="/account/address"] button').click()
    await reader.page.locator('#email-error').waitFor()
    await reader.page.locator('#email').fill('ny.adresse@larvik.example.org')
    await reader.page.locator('form[action="/account/address"] button').click()
    await reader.page.locator('[role="status"]', { hasText: 'ny.adresse@larvik.example.org' }).waitFor()
    await check(reader, '/account/data')
    let link
    await until('the mail', async () => (link = mailbox.texts.join().match(/\/account\/address\/\S+/)?.[0]))
    await check(reader, link)
    await reader.page.locator(`form[action="${link}"] button`).click()
    await reader.page.locator('strong', { hasText: 'ny.adresse@larvik.example.org' }).waitFor()
    await check(reader, '/account/data?address=changed')
    await reader.close()
  } finally {
    await posting.stop()
    mailbox.close()
  }
})

test('on a phone the list of people fits the screen', async () => {
  const reader = await Reader.at(browser, helhet, 'p-demo-coordinator-3907', { viewport: phone, language: 'nb' })
  await reader.open('/people')
  const wide = await reader.page.locator('.hh-scroll').evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).length)
  assert.equal(wide, 0)
  await reader.close()
})

// The last of all: the lists of rounds begin with what it plans.
test('what a planned round covers is changed by a suggestion', async () => {
  const lead = await Reader.at(browser, helhet, 'p-demo-lead', { viewport: phone, language: 'nn' })
  const { page } = lead
  await lead.open('/rounds/new')
  await page.locator('#name').fill('Haust 2027')
  await page.locator('#opens').fill('2027-09-01')
  await page.locator('#closes').fill('2027-10-15')
  await page.locator('main form .hh-form__foot button').click()
  await page.locator('main a[href$="/scope"]').click()
  await page.locator('input[name="cover"][value="suggested"]').check()
  await page.locator('input[name="meeting"][value="support"]').check()
  await page.locator('button[name="suggest"]').click()
  await page.locator('#cover [role="status"]').waitFor()
  assert.ok(await page.locator('input[name="area"][value="support"]').isChecked(), 'what the meeting is about is chosen')
  await checkShown(lead, 'a suggestion for a planned round')
  await page.locator('main form .hh-form__foot button').click()
  await page.waitForURL(/\/rounds\/[^/]+$/)
  await check(lead, `${new URL(page.url()).pathname}/scope`)
  await lead.close()
})
