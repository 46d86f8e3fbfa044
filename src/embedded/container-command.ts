import type { Container } from '../kube/pod.ts'

/** How the embedded cluster stands in for images. */
export interface ImageRules {
  /** Whether an image is Bellows' own: its entrypoint is node and its files are this checkout. */
  readonly isBellowsImage: (image: string) => boolean
  /** The node that runs Bellows' images. */
  readonly node: string
}

/** Without a command and with an image that cannot be had, a container cannot start. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
}

/** The first path segments do not count: `registry.example/team/bellows:1` is a Bellows image too. */
export const namesBellows = (image: string): boolean => /(?:^|\/)bellows[^/]*$/.test(image)

/** The words to run, in the container's terms and not yet expanded. Throws ImageError. */
export const containerCommand = (container: Container, rules: ImageRules): readonly string[] => {
  const { command = [], args = [], image = '' } = container
  if (!rules.isBellowsImage(image)) {
    if (command.length > 0) return [...command, ...args]
    throw new ImageError(
      `cannot run image "${image}" without a container runtime: embedded mode runs Bellows' own image, and other images only where the container sets command`,
    )
  }
  if (command.length === 0) return [rules.node, ...args]
  return [command[0] === 'node' ? rules.node : command[0]!, ...command.slice(1), ...args]
}
