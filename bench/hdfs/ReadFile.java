import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Reads a file of HDFS from end to end with Hadoop's own client, as often as asked; prints seconds, a line a time. */
public final class ReadFile {
  public static void main(String[] args) throws Exception {
    Path path = new Path(args[0]);
    int rounds = Integer.parseInt(args[1]);
    byte[] buffer = new byte[1 << 20];
    try (FileSystem files = FileSystem.get(URI.create(args[0]), new Configuration())) {
      for (int round = 0; round < rounds; round++) {
        long started = System.nanoTime();
        long bytes = 0;
        try (FSDataInputStream stream = files.open(path)) {
          for (int got = stream.read(buffer); got >= 0; got = stream.read(buffer)) bytes += got;
        }
        System.out.println((System.nanoTime() - started) / 1e9 + " " + bytes);
      }
    }
  }
}
