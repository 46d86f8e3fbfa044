import { defineConfig } from 'vitest/config'

/** Two projects: `unit` needs nothing but Node; `e2e` needs the cluster that test/cluster brings up. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/setup.ts'],
          include: [
            'src/**/*.test.ts',
            'bench/**/*.test.ts',
            'test/cluster/**/*.test.ts',
            'test/unit/**/*.test.ts',
            'test/contract/**/*.test.ts',
            'test/embedded/**/*.test.ts',
            'test/engine/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          setupFiles: ['test/setup.ts'],
          include: [
            'test/sources/**/*.test.ts',
            'test/api/**/*.test.ts',
            'test/e2e/**/*.test.ts',
            'test/faults/**/*.test.ts',
          ],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
