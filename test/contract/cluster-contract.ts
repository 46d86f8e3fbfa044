import { afterAll, beforeAll, describe } from 'vitest'
import { applyCases } from './applies.ts'
import { deletionCases } from './deletions.ts'
import { podCases } from './pods.ts'
import { randomCases } from './random-requests.ts'
import { readCases } from './reads.ts'
import type { ContractSetting } from './setting.ts'
import { writeCases } from './writes.ts'

export type { ContractSetting } from './setting.ts'
export { installWidgets, widgetKind } from './widgets.ts'

/**
 * What both implementations of the Cluster port promise. Where they would differ, the real API server is right: a case
 * is written so that the real one keeps it.
 */
export const clusterContract = (name: string, factory: () => Promise<ContractSetting>): void => {
  describe(`${name} keeps the contract of a cluster`, () => {
    let setting: ContractSetting
    beforeAll(async () => {
      setting = await factory()
    })
    afterAll(async () => {
      await setting?.close()
    })
    const given = () => setting
    describe('writes', () => writeCases(given))
    describe('server-side apply', () => applyCases(given))
    describe('lists and watches', () => readCases(given))
    describe('deletion', () => deletionCases(given))
    describe('random requests', () => randomCases(given))
    describe('pods', () => podCases(given))
  })
}
