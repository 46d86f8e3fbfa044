import { fault, type ScriptTable } from './script-function.ts'

const localeOf = (language: string | null, country: string | null): string =>
  language === null || language === '' ? 'en' : country === null || country === '' ? language : `${language}-${country}`

/** The words of each sentence, by the rules of Unicode. */
export const SENTENCES: ScriptTable = {
  sentences: {
    takesNulls: true,
    make:
      () =>
      (text: string | null, language: string | null = null, country: string | null = null) => {
        if (text === null) return null
        let locale = localeOf(language, country)
        try {
          locale = new Intl.Locale(locale).toString()
        } catch {
          throw fault('UNSUPPORTED_FEATURE', `The language ${locale} of sentences is not known here`)
        }
        const sentences = new Intl.Segmenter(locale, { granularity: 'sentence' })
        const words = new Intl.Segmenter(locale, { granularity: 'word' })
        return [...sentences.segment(text)].map(({ segment }) =>
          [...words.segment(segment)].filter((word) => word.isWordLike).map((word) => word.segment),
        )
      },
  },
}
