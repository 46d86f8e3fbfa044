import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fault, type ScriptTable } from './script-function.ts'

type Mode = 'ecb' | 'cbc' | 'gcm'

const SIZES: Readonly<Record<number, number>> = { 16: 128, 24: 192, 32: 256 }
const IV: Readonly<Record<Mode, number>> = { ecb: 0, cbc: 16, gcm: 12 }
const TAG = 16

const crypto = (what: string): Error => fault('INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR', `AES failed: ${what}`)

const modeOf = (mode: string, padding: string): Mode => {
  const known = `${mode.toUpperCase()}/${padding.toUpperCase()}`
  switch (known) {
    case 'ECB/PKCS':
    case 'ECB/DEFAULT':
      return 'ecb'
    case 'CBC/PKCS':
    case 'CBC/DEFAULT':
      return 'cbc'
    case 'GCM/NONE':
    case 'GCM/DEFAULT':
      return 'gcm'
    default:
      throw fault('UNSUPPORTED_FEATURE.AES_MODE', `AES-${mode} with the padding ${padding} is not supported`)
  }
}

const cipherOf = (mode: Mode, key: Uint8Array): string => {
  const bits = SIZES[key.length]
  if (bits === undefined)
    throw fault('INVALID_PARAMETER_VALUE.AES_KEY_LENGTH', `A key of AES has 16, 24 or 32 bytes, not ${key.length}`)
  return `aes-${bits}-${mode}`
}

const encrypt = (
  input: Uint8Array,
  key: Uint8Array,
  given: string,
  padding: string,
  iv: Uint8Array,
  aad: Uint8Array,
): Uint8Array => {
  const mode = modeOf(given, padding)
  const name = cipherOf(mode, key)
  if (mode === 'ecb' && iv.length > 0)
    throw fault('UNSUPPORTED_FEATURE.AES_MODE_IV', 'AES-ECB takes no initialization vector')
  if (mode !== 'gcm' && aad.length > 0)
    throw fault('UNSUPPORTED_FEATURE.AES_MODE_AAD', `AES-${given} takes no additional data`)
  if (iv.length > 0 && iv.length !== IV[mode])
    throw fault(
      'INVALID_PARAMETER_VALUE.AES_IV_LENGTH',
      `The initialization vector of AES-${given} has ${IV[mode]} bytes, not ${iv.length}`,
    )
  if (mode === 'ecb') {
    const cipher = createCipheriv(name, key, null)
    return Buffer.concat([cipher.update(input), cipher.final()])
  }
  const vector = iv.length > 0 ? iv : randomBytes(IV[mode])
  if (mode === 'cbc') {
    const cipher = createCipheriv(name, key, vector)
    return Buffer.concat([vector, cipher.update(input), cipher.final()])
  }
  const cipher = createCipheriv(name as 'aes-128-gcm', key, vector)
  cipher.setAAD(aad)
  return Buffer.concat([vector, cipher.update(input), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (input: Uint8Array, key: Uint8Array, given: string, padding: string, aad: Uint8Array): Uint8Array => {
  const mode = modeOf(given, padding)
  const name = cipherOf(mode, key)
  const size = IV[mode]
  const vector = input.subarray(0, size)
  if (vector.length < size) throw crypto('the input is too short')
  try {
    if (mode !== 'gcm') {
      const cipher = createDecipheriv(name, key, mode === 'ecb' ? null : vector)
      return Buffer.concat([cipher.update(input.subarray(size)), cipher.final()])
    }
    const end = input.length - TAG
    if (end < size) throw crypto('the input is too short')
    const cipher = createDecipheriv(name as 'aes-128-gcm', key, vector)
    cipher.setAAD(aad)
    cipher.setAuthTag(input.subarray(end))
    return Buffer.concat([cipher.update(input.subarray(size, end)), cipher.final()])
  } catch (error) {
    throw crypto(error instanceof Error ? error.message : String(error))
  }
}

const tried = <V>(compute: () => V): V | null => {
  try {
    return compute()
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('[')) return null
    throw error
  }
}

export const AES: ScriptTable = {
  aesencrypt: { volatile: true, make: () => encrypt },
  aesdecrypt: { make: () => decrypt },
  tryaesdecrypt: {
    make: () => (input, key, mode, padding, aad) => tried(() => decrypt(input, key, mode, padding, aad)),
  },
}
