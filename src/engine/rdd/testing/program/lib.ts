let calls = 0

export const shout = (text: string): string => `${text.toUpperCase()}!${++calls > 0 ? '' : '?'}`

export class Rectangle {
  readonly width: number
  readonly height: number

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
  }

  get area(): number {
    return this.width * this.height
  }
}
