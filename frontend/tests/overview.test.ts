// @vitest-environment node
import { describe, expect, it } from 'vitest'
import type { Sample } from '../src/lib/overview'
import { by, line, quantile, rate, total } from '../src/lib/overview'

const sample = (at: number, metrics: Sample['metrics']): Sample => ({ at, metrics })
const counters = (a: number, b: number) => ({ n: [{ labels: { x: 'a' }, value: a }, { labels: { x: 'b' }, value: b }] })
const histogram = (...counts: number[]) => ({ h: [{ labels: {}, count: counts.at(-1)!, sum: 0, buckets: [[0.1, counts[0]!], [1, counts[1]!]] }] })

describe('the operator page computes', () => {
  it('sums and rates by label', () => {
    expect(total(counters(2, 3), 'n')).toBe(5)
    expect(total(counters(2, 3), 'n', { x: 'b' })).toBe(3)
    expect(total({}, 'n')).toBe(0)
    expect(rate(sample(0, counters(2, 3)), sample(2000, counters(6, 3)), 'n')).toBe(2)
  })
  it('a rate after a restart, from what is there', () => {
    expect(rate(sample(0, counters(90, 10)), sample(1000, counters(4, 0)), 'n')).toBe(4)
    expect(rate(sample(5, counters(1, 1)), sample(5, counters(2, 2)), 'n')).toBe(0)
  })
  it('quantiles of what came between two samples', () => {
    const before = sample(0, histogram(10, 10, 10)), after = sample(1, histogram(10, 20, 20))
    expect(quantile(before, after, 'h', 0.5)).toBeCloseTo(0.55)
    expect(quantile(before, before, 'h', 0.5)).toBeNull()
    expect(quantile(before, sample(1, histogram(10, 10, 12)), 'h', 0.95)).toBe(1) // beyond every bound
  })
  it('codes by how often', () => { expect(by(counters(2, 3), 'n', 'x')).toEqual([['b', 3], ['a', 2]]) })
  it('a line with a gap where there was nothing', () => {
    expect(line([1, null, 2], 100, 50, 3)).toBe('M0.0 25.0M100.0 1.0')
  })
})
