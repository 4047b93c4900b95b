import { expect, test } from 'vitest'
import { meaning, takesText, type Press } from './keys'

function press(key: string, over: Partial<Press> = {}): Press {
  return { key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, isTyping: false, repeat: false, ...over }
}

test('letters are acts and digits are reasons, whatever their case', () => {
  expect(meaning(press('a'))).toEqual({ act: 'approve' })
  expect(meaning(press('R'))).toEqual({ act: 'return' })
  expect(meaning(press('3'))).toEqual({ reason: 3 })
  expect(meaning(press('0'))).toBeUndefined()
})

test('while somebody types, composes or presses a key of the system, nothing is judged', () => {
  for (const over of [{ isTyping: true }, { isComposing: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }]) {
    expect(meaning(press('a', over)), JSON.stringify(over)).toBeUndefined()
  }
  expect(meaning(press('Process'))).toBeUndefined()
})

test('Escape leaves a field too, and moving may be held down', () => {
  expect(meaning(press('Escape', { isTyping: true }))).toEqual({ act: 'close' })
  expect(meaning(press('j', { repeat: true }))).toEqual({ act: 'next' })
})

test('a choice is no text', () => {
  expect(takesText({ tagName: 'INPUT', type: 'radio' })).toBe(false)
  expect(takesText({ tagName: 'INPUT', type: 'date' })).toBe(true)
  expect(takesText({ tagName: 'SELECT' })).toBe(true)
  expect(takesText({ tagName: 'DIV', isContentEditable: true })).toBe(true)
  expect(takesText(null)).toBe(false)
})
