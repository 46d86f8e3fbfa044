declare global {
  /** Stage 4 of TC39, in Node since 21; TypeScript's library does not know it yet. */
  interface JSON {
    rawJSON(text: string): object
  }
}

export {}
