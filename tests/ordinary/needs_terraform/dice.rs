//! Expressions of the language at random: texts, numbers, lists and maps that are made of each other.

/// Numbers without a pattern, the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    pub(super) fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    pub(super) fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            let words = [
                "\"\"",
                "\"a\"",
                "\"s3:Get*\"",
                "\"arn:aws:s3:::b/*\"",
                "\"héllo wörld\"",
                "\"  x \"",
                "\"A-b_c\"",
                "\"10.2.0.0/16\"",
                "\"1.50\"",
                "\"true\"",
                "\"<a&b>\"",
                "\"a,b,,c\"",
                "\"$${aws:username}\"",
            ];
            return self.one(&words).to_owned();
        }
        let d = depth - 1;
        match self.below(27) {
            26 => self.more_text(d),
            0 => format!("upper({})", self.text(d)),
            1 => format!("lower({})", self.text(d)),
            2 => format!("title({})", self.text(d)),
            3 => format!("trimspace({})", self.text(d)),
            4 => format!("trim({}, {})", self.text(d), self.text(0)),
            5 => format!("trimprefix({}, {})", self.text(d), self.text(0)),
            6 => format!("trimsuffix({}, {})", self.text(d), self.text(0)),
            7 => format!("replace({}, {}, {})", self.text(d), self.text(0), self.text(0)),
            8 => format!("substr({}, {}, {})", self.text(d), self.below(4), self.below(6)),
            9 => format!("join({}, {})", self.text(0), self.texts(d)),
            10 => format!(
                "format(\"%s-%05.1f|%v|%-6s|%6s\", {}, {}, {}, {}, {})",
                self.text(d),
                self.number(0),
                self.truth(0),
                self.text(0),
                self.text(0)
            ),
            11 => format!("\"${{{}}}/${{{}}}\"", self.text(d), self.number(d)),
            12 => format!("base64encode({})", self.text(d)),
            13 => format!("sha256({})", self.text(d)),
            14 => format!("md5({})", self.text(d)),
            15 => format!("sha1({})", self.text(d)),
            16 => format!("urlencode({})", self.text(d)),
            17 => format!("jsonencode({})", self.any(d)),
            18 => format!("({} ? {} : {})", self.truth(d), self.text(d), self.text(d)),
            19 => format!("element({}, {})", self.texts(d), self.below(5)),
            20 => format!("tostring({})", self.number(d)),
            21 => format!("strrev({})", self.text(d)),
            22 => format!("coalesce({}, {}, \"z\")", self.text(d), self.text(d)),
            23 => format!("cidrsubnet(\"10.0.0.0/8\", {}, {})", self.below(9), self.below(3)),
            24 => format!("lookup({}, {}, {})", self.map(d), self.text(0), self.text(0)),
            _ => format!("chomp(\"${{{}}}\\n\")", self.text(d)),
        }
    }

    pub(super) fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["0", "1", "2.5", "-3", "1e3", "0.1", "7", "100000000000000000000"]).to_owned();
        }
        let d = depth - 1;
        match self.below(13) {
            12 => self.more_number(d),
            0 => format!("({} + {})", self.number(d), self.number(d)),
            1 => format!("({} - {})", self.number(d), self.number(d)),
            2 => format!("({} * {})", self.number(d), self.number(d)),
            3 => format!("({} / {})", self.number(d), self.number(d)),
            4 => format!("({} % {})", self.number(d), self.number(d)),
            5 => format!("length({})", self.texts(d)),
            6 => format!("length({})", self.text(d)),
            7 => format!("max({}, {})", self.number(d), self.number(d)),
            8 => format!("floor({})", self.number(d)),
            9 => format!("ceil({})", self.number(d)),
            10 => format!("abs({})", self.number(d)),
            _ => format!("sum([{}, {}])", self.number(d), self.number(d)),
        }
    }

    pub(super) fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["true", "false"]).to_owned();
        }
        let d = depth - 1;
        match self.below(9) {
            8 => self.more_truth(d),
            0 => format!("({} == {})", self.text(d), self.text(d)),
            1 => format!("({} < {})", self.number(d), self.number(d)),
            2 => format!("!{}", self.truth(d)),
            3 => format!("({} && {})", self.truth(d), self.truth(d)),
            4 => format!("({} || {})", self.truth(d), self.truth(d)),
            5 => format!("contains({}, {})", self.texts(d), self.text(0)),
            6 => format!("startswith({}, {})", self.text(d), self.text(0)),
            _ => format!("can(regex(\"^[a-z]+$\", {}))", self.text(d)),
        }
    }

    pub(super) fn texts(&mut self, depth: usize) -> String {
        if depth == 0 {
            let lists = ["[]", "[\"a\"]", "[\"b\", \"a\", \"\"]", "[\"s3:Get*\", \"s3:List*\", \"s3:Get*\"]"];
            return self.one(&lists).to_owned();
        }
        let d = depth - 1;
        match self.below(17) {
            16 => self.more_texts(d),
            0 => format!("[{}, {}]", self.text(d), self.text(d)),
            1 => format!("concat({}, {})", self.texts(d), self.texts(d)),
            2 => format!("split({}, {})", self.one(&["\",\"", "\":\"", "\"a\""]), self.text(d)),
            3 => format!("distinct({})", self.texts(d)),
            4 => format!("compact({})", self.texts(d)),
            5 => format!("sort({})", self.texts(d)),
            6 => format!("reverse({})", self.texts(d)),
            7 => format!("[for x in {} : upper(x)]", self.texts(d)),
            8 => format!("[for i, x in {} : \"${{i}}${{x}}\" if x != \"a\"]", self.texts(d)),
            9 => format!("keys({})", self.map(d)),
            10 => format!("values({})", self.map(d)),
            11 => format!("formatlist(\"<%s>\", {})", self.texts(d)),
            12 => format!("flatten([{}, [{}]])", self.texts(d), self.texts(d)),
            13 => format!("tolist(setunion({}, {}))", self.texts(d), self.texts(d)),
            14 => format!("tolist(setsubtract({}, {}))", self.texts(d), self.texts(d)),
            _ => format!("slice(concat({}, [\"p\", \"q\"]), 0, 2)", self.texts(d)),
        }
    }

    pub(super) fn map(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.one(&["{}", "{ a = \"x\" }", "{ \"b c\" = \"y\", a = \"z\" }"]).to_owned();
        }
        let d = depth - 1;
        match self.below(6) {
            5 => self.more_map(d),
            0 => format!("merge({}, {})", self.map(d), self.map(d)),
            1 => format!("{{ for x in toset({}) : x => upper(x) }}", self.texts(d)),
            2 => format!("{{ for k, v in {} : \"${{k}}!\" => v }}", self.map(d)),
            3 => format!("{{ k = {}, \"l\" = {} }}", self.text(d), self.text(d)),
            _ => format!("zipmap([\"m\", \"n\"], [{}, {}])", self.text(d), self.text(d)),
        }
    }

    pub(super) fn any(&mut self, depth: usize) -> String {
        match self.below(8) {
            6 => self.whole(depth),
            7 => self.refusable(depth),
            0 => self.text(depth),
            1 => self.number(depth),
            2 => self.truth(depth),
            3 => self.texts(depth),
            4 => self.map(depth),
            _ => format!("{{ v = {}, w = [{}] }}", self.text(depth), self.number(depth)),
        }
    }
}
