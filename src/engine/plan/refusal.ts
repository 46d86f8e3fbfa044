/** A query, or a part of it, cannot be cut into tasks with the same answer; `message` says why, for explain. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}
