import fc from 'fast-check'

/**
 * Property tests take the same cases in every run, so that a red run can be repeated and a green one means what it says.
 * To look further: BELLOWS_PROPERTY_SEED=random npm run test:unit; a failure prints the seed that it came from.
 */
const wish = process.env.BELLOWS_PROPERTY_SEED ?? '20261121'
if (wish !== 'random') {
  const seed = Number(wish)
  if (!Number.isSafeInteger(seed)) throw new Error(`BELLOWS_PROPERTY_SEED=${wish}: give a whole number, or random`)
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
}
