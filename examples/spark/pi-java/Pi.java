import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Estimates π from points of a fixed lattice, so that every run answers the same. */
public final class Pi {
  private Pi() {}

  public static void main(String[] args) {
    long slices = args.length > 0 ? Long.parseLong(args[0]) : 4;
    long side = 1_000;
    SparkSession spark = SparkSession.builder().getOrCreate();
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    List<Long> rows = LongStream.range(0, side).boxed().collect(Collectors.toList());
    long inside =
        context
            .parallelize(rows, (int) slices)
            .map(
                row ->
                    LongStream.range(0, side)
                        .filter(column -> distanceSquared(row, column, side) <= 1)
                        .count())
            .reduce(Long::sum);
    System.out.printf("Pi is roughly %.5f%n", 4.0 * inside / (side * side));
    spark.stop();
  }

  private static double distanceSquared(long row, long column, long side) {
    double x = (row + 0.5) / side;
    double y = (column + 0.5) / side;
    return x * x + y * y;
  }
}
