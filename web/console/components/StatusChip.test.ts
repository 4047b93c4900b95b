// The icons of states have the colours of their words: a file of its own knows no variables of a style sheet.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test.each([['ok', 'ok'], ['wait', 'wait'], ['warn', 'warn'], ['back', 'warn'], ['danger', 'danger'], ['idle', 'idle']])('%s is drawn in --%s', (icon, name) => {
  const colour = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(read('../styles/tokens.css'))?.[1]
  const drawn = read(`./chip/${icon}.svg`).match(/#[0-9a-f]{6}/g)
  expect(drawn).toEqual([colour])
})
