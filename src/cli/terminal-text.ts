import { stripVTControlCharacters } from 'node:util'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** Letters that terminals draw two columns wide. Source: Unicode, EastAsianWidth W and F; emoji presentation. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u
const INVISIBLE = /^[\p{Mark}\p{Format}]+$/u

const columnsOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : INVISIBLE.test(grapheme) ? 0 : 1)

/** How many columns of a terminal the text takes. */
export const columns = (text: string): number => {
  let sum = 0
  for (const { segment } of graphemes.segment(text)) sum += columnsOf(segment)
  return sum
}

/** The text without escape sequences, its line ends and other control characters as single spaces. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\p{Control}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()

/** At most `width` columns of the text; what is cut is marked by an ellipsis. */
export const clipped = (text: string, width: number): string => {
  if (columns(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of graphemes.segment(text)) {
    left -= columnsOf(segment)
    if (left < 0) break
    kept += segment
  }
  return width > 0 ? `${kept}…` : ''
}

/** How many lines a terminal of that width shows for lines written one below the other, wrapping included. */
export const screenLines = (lines: readonly string[], width: number): number =>
  lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(columns(line) / Math.max(1, width))), 0)
