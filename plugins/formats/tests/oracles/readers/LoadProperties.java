import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Properties;
import java.util.TreeMap;

/** Loads documents with java.util.Properties: one line of hexadecimal UTF-8 each on standard input, one of NAME=VALUE in hexadecimal UTF-16 on standard output. */
final class LoadProperties {
    /** Properties that remember whether a name was set twice. */
    private static final class Watched extends Properties {
        private boolean hasDuplicates;

        @Override
        public synchronized Object put(Object name, Object value) {
            Object before = super.put(name, value);
            hasDuplicates |= before != null;
            return before;
        }
    }

    private static String hex(Object text) {
        return HexFormat.of().formatHex(((String) text).getBytes(StandardCharsets.UTF_16BE));
    }

    private static String read(String text) throws IOException {
        Watched properties = new Watched();
        try {
            properties.load(new StringReader(text));
        } catch (IllegalArgumentException malformed) {
            return "malformed";
        }
        if (properties.hasDuplicates) {
            return "duplicate";
        }
        StringBuilder line = new StringBuilder("ok");
        new TreeMap<>(properties).forEach((name, value) -> line.append(' ').append(hex(name)).append('=').append(hex(value)));
        return line.toString();
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader documents = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        StringBuilder results = new StringBuilder();
        for (String line = documents.readLine(); line != null; line = documents.readLine()) {
            results.append(read(new String(HexFormat.of().parseHex(line), StandardCharsets.UTF_8))).append('\n');
        }
        System.out.print(results);
    }
}
