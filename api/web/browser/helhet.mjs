// The real program and a real browser for the tests: bin/helhet on a free loopback port with a demo database of its own, and
// Debian's Chromium. Everything started here is ended here, by its own process id.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/** until polls a condition and gives up loudly. */
export async function until(what, holds, within = 30_000) {
  const end = Date.now() + within
  for (;;) {
    if (await holds()) return
    if (Date.now() > end) throw new Error(`waited ${within} ms in vain for ${what}`)
    await new Promise((again) => setTimeout(again, 50))
  }
}

/** Mailbox is a mail server that takes everything. */
export class Mailbox {
  static async open() {
    const m = new Mailbox()
    m.texts = []
    m.server = createServer((socket) => m.#serve(socket)).listen(0, '127.0.0.1')
    await once(m.server, 'listening')
    m.port = m.server.address().port
    return m
  }

  #serve(socket) {
    let text = null
    let rest = ''
    socket.on('error', () => {})
    socket.write('220 mailbox\r\n')
    socket.on('data', (bytes) => {
      const lines = (rest + bytes).split('\r\n')
      rest = lines.pop()
      for (const line of lines) {
        if (text === null) {
          const command = line.slice(0, 4).toUpperCase()
          if (command === 'DATA') text = []
          socket.write({ DATA: '354 go on\r\n', QUIT: '221 bye\r\n' }[command] ?? '250 ok\r\n')
        } else if (line === '.') {
          this.texts.push(text.join('\n').replaceAll('=\n', ''))
          text = null
          socket.write('250 taken\r\n')
        } else text.push(line)
      }
    })
  }

  close() {
    this.server.close()
  }
}

/** Helhet is the program on a demo database in a folder of its own. */
export class Helhet {
  /** start takes settings beside those of the demo. */
  static async start(settings = {}) {
    const h = new Helhet()
    h.settings = settings
    h.data = await mkdtemp(join(tmpdir(), 'helhet-browser-'))
    h.port = await freePort()
    h.base = `http://127.0.0.1:${h.port}`
    await h.up()
    return h
  }

  /** up starts it, on the same port and data each time. */
  async up() {
    this.log = ''
    this.child = spawn(join(root, 'bin', 'helhet'), ['serve', '--demo', '--data', this.data, '--addr', `127.0.0.1:${this.port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.settings },
    })
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => (this.log += text))
    await until('the program to be ready', async () => {
      if (this.child.exitCode !== null) throw new Error(`the program ended:\n${this.log}`)
      this.demo = this.log.match(/^Choose who to be in the demo at (\S+)$/m)?.[1]
      return this.demo && fetch(`${this.base}/readyz`).then((r) => r.ok, () => false)
    }, 60_000)
  }

  /** down ends it: SIGKILL as when the machine dies, SIGTERM as when it is stopped. */
  async down(signal = 'SIGKILL') {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill(signal)
    await once(this.child, 'exit')
  }

  async stop() {
    await this.down('SIGTERM')
    await rm(this.data, { recursive: true, force: true })
  }
}

/** browse starts Chromium with nothing that would look for the world outside. */
export function browse() {
  return chromium.launch({
    executablePath: process.env.HELHET_TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** unfold opens the fold that something stands in, as a person does. */
export async function unfold(inside) {
  const fold = inside.locator('xpath=ancestor::details[1]')
  if (!(await fold.evaluate((details) => details.open))) await fold.locator('> summary').click()
}

export const phone = { width: 390, height: 844 }
export const desk = { width: 1280, height: 900 }

/** running starts the program and a browser for a file of tests, hands it both, and ends them after. */
export function running(take) {
  let helhet, browser
  before(async () => {
    helhet = await Helhet.start()
    browser = await browse()
    take(helhet, browser)
  })
  after(async () => {
    await browser?.close()
    await helhet?.stop()
  })
}

/** Reader is one person at one browser. What the page's policy refused and what broke in its scripts is kept, to be asked for. */
export class Reader {
  static async at(browser, helhet, person, { language = 'nb', scheme = 'light', viewport = desk, script = true } = {}) {
    const r = new Reader()
    r.base = helhet.base
    r.context = await browser.newContext({ viewport, javaScriptEnabled: script, colorScheme: scheme, reducedMotion: 'reduce', locale: 'nb-NO', timezoneId: 'Europe/Oslo' })
    await r.context.addCookies([
      { name: 'helhet_language', value: language, url: helhet.base },
      { name: 'helhet_scheme', value: scheme, url: helhet.base },
    ])
    r.page = await r.context.newPage()
    r.faults = []
    if (script) {
      await r.page.exposeFunction('helhetViolation', (text) => r.faults.push(text))
      await r.page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => helhetViolation(`policy: ${e.violatedDirective} ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber}`)))
    }
    r.page.on('pageerror', (e) => r.faults.push(`script: ${e.message}`))
    if (person) {
      await r.page.goto(helhet.demo)
      await r.page.locator(`button[name="person"][value="${person}"]`).click()
      await r.page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
    }
    return r
  }

  async open(path) {
    const response = await this.page.goto(this.base + path)
    return response
  }

  close() {
    return this.context.close()
  }
}
