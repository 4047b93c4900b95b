// The shape of the source as a test: who may know whom, what the content policy and old browsers forbid, and that
// everything which people read is said in both languages.
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'vue/compiler-sfc'
import { expect, test } from 'vitest'
import { LANGUAGES } from '@shared/words/define'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['console', 'shared'].flatMap((folder) =>
  (readdirSync(root + folder, { recursive: true }) as string[]).map((name) => `${folder}/${name}`),
).filter((path) => /\.(?:ts|vue)$/.test(path) && !/\.test\.ts$|\.config\.ts$|api\/schema\.ts$/.test(path))
const text = Object.fromEntries(sources.map((path) => [path, readFileSync(root + path, 'utf8')]))

interface Ban {
  in: RegExp
  except?: RegExp
  what: RegExp
  because: string
  /** Something that the ban must find. */
  offence: string
}

const BANS: Ban[] = [
  { in: /^shared\//, what: /from '(?:@console|\.\.\/\.\.\/console)/, because: 'the phone shares it, and the console is not on the phone', offence: "import x from '@console/app'" },
  { in: /./, except: /^shared\/api\/client\.ts$|^console\/app\/connection\.ts$/, what: /\bfetch\(/, because: 'the API is called by its one client', offence: 'await fetch(url)' },
  { in: /./, what: /v-html|innerHTML|document\.write/, because: 'what people wrote is shown as text', offence: '<p v-html="note" />' },
  { in: /\.vue$/, what: /\sstyle="/, because: 'the content policy forbids styles in the page', offence: '<p style="color: red" />' },
  { in: /./, except: /^shared\/words\/index\.ts$/, what: /\b(?:localStorage|sessionStorage|indexedDB)\b/, because: 'the console keeps nothing but the language', offence: 'localStorage.setItem(a, b)' },
  { in: /./, except: /^shared\/words\/index\.ts$/, what: /\bnew Date\(\)/, because: "the county's day is the server's", offence: 'const today = new Date()' },
  { in: /./, what: /\.(?:at|findLast|toSorted|toReversed)\(|\bObject\.hasOwn\(|\bstructuredClone\(/, because: 'Chromium 86 does not know it', offence: 'list.at(-1)' },
  { in: /\.(?:vue|css)$/, what: /:has\(|:is\(|:where\(|@container|aspect-ratio:|(?:^|[\s;])inset:|color-mix\(|\ddvh/, because: 'Chromium 86 does not know it', offence: 'a:has(b) { }' },
  { in: /^console\/(?:components|pages)\//, what: /https?:\/\/(?!tepai\.invalid)/, because: 'a county without the internet has nothing else', offence: 'https://example.org/tile.png' },
]

test.each(BANS)('$what is nowhere: $because', (ban) => {
  expect(ban.offence).toMatch(ban.what)
  const offenders = sources.filter((path) => ban.in.test(path) && !ban.except?.test(path) && ban.what.test(text[path]!))
  expect(offenders).toEqual([])
})

test('a page knows the frame and shared parts, and of another page only what that one offers as a component', () => {
  const offences = sources.filter((path) => path.startsWith('console/pages/')).flatMap((path) => {
    const imports = [...text[path]!.matchAll(/from '(\.\.\/[^.'][^']*)'/g)].map(([, from]) => from!)
    return imports.filter((from) => !from.endsWith('.vue')).map((from) => `${path}: ${from}`)
  })
  expect(offences).toEqual([])
})

test('a file that is no list of words and no page entry opens with what it is', () => {
  const headless = sources.filter((path) => !/(?:words|page|main)\.ts$/.test(path) && !/^\/\/|^<script[^>]*>\n(?:\/\/|import|const|defineProps)/.test(text[path]!))
  expect(headless).toEqual([])
})

// --- words

const SPOKEN = new Set(['title', 'alt', 'placeholder', 'label', 'aria-label', 'text', 'caption', 'aria-description', 'summary'])

interface Node {
  type: number
  tag?: string
  content?: unknown
  props?: { type: number; name: string; value?: { content: string } }[]
  children?: Node[]
  loc: { start: { line: number } }
}

/** What a template says by itself, instead of by a key of its words. */
function said(source: string): string[] {
  const found: string[] = []
  const walk = (node: Node) => {
    if (node.type === 2 && typeof node.content === 'string' && /\p{L}/u.test(node.content)) found.push(`${node.loc.start.line}: ${node.content.trim()}`)
    for (const prop of node.props ?? []) {
      if (prop.type === 6 && SPOKEN.has(prop.name) && /\p{L}/u.test(prop.value?.content ?? '')) found.push(`${node.loc.start.line}: ${prop.name}="${prop.value?.content}"`)
    }
    node.children?.forEach(walk)
  }
  const { descriptor } = parse(source)
  if (descriptor.template?.ast) walk(descriptor.template.ast as unknown as Node)
  return found
}

test('no template says anything by itself', () => {
  expect(said('<template><p title="Hallo">好</p></template>')).toHaveLength(2)
  const offences = sources.filter((path) => path.endsWith('.vue')).flatMap((path) => said(text[path]!).map((one) => `${path}:${one}`))
  expect(offences).toEqual([])
})

type Texts = Record<string, unknown>
const modules = import.meta.glob<Record<string, Record<string, Texts>>>(['./**/words.ts', '../shared/words/common.ts'], { eager: true })
const lists = Object.entries(modules).flatMap(([path, module]) => Object.values(module).map((words) => ({ path, words })))

function flat(texts: Texts, before = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) => (typeof value === 'string' ? [[before + key, value] as [string, string]] : flat(value as Texts, `${before}${key}.`)))
}

test('every text is there in both languages, with the same gaps to fill', () => {
  expect(lists.length).toBeGreaterThan(4)
  for (const { path, words } of lists) {
    const [zh, en] = LANGUAGES.map((language) => new Map(flat(words[language]!))) as [Map<string, string>, Map<string, string>]
    expect([...zh.keys()].sort(), path).toEqual([...en.keys()].sort())
    for (const [key, chinese] of zh) {
      const english = en.get(key)!
      const gaps = (one: string) => [...new Set(one.split(' | ').flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, gap]) => gap)))].sort()
      expect(gaps(english), `${path} ${key}`).toEqual(gaps(chinese))
      expect(chinese.trim() && english.trim(), `${path} ${key}`).toBeTruthy()
      expect(english, `${path} ${key}`).not.toMatch(/\p{Script=Han}/u)
    }
  }
})

test('people are spoken to in the words of the glossary', () => {
  const avoided = /打\u5361|排行|排名|第一名|同步|上传失败/u
  const offences = lists.flatMap(({ path, words }) => flat(words['zh-CN']!).filter(([, one]) => avoided.test(one)).map(([key, one]) => `${path} ${key}: ${one}`))
  expect(avoided.test('走访打\u5361')).toBe(true)
  expect(offences).toEqual([])
})

test('every key that a component asks for is among its words or the common ones', () => {
  const common = new Map(flat(lists.find(({ path }) => path.endsWith('common.ts'))!.words['zh-CN']!))
  const offences = sources.filter((path) => path.endsWith('.vue')).flatMap((path) => {
    const own = lists.find((list) => `console/${list.path.slice(2)}` === path.replace(/[^/]+$/, 'words.ts'))
    const known = own && new Map(flat(own.words['zh-CN']!))
    const asked = [...text[path]!.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key!)
    return asked.filter((key) => !common.has(key) && !known?.has(key)).map((key) => `${path}: ${key}`)
  })
  expect(offences).toEqual([])
})
