/** An identifier in SQL text, always quoted. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A string constant in SQL text. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`
